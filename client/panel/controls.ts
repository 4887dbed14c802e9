import type { PanelData, WhatIf } from '../../server/proto/panel.ts';
import { element, make, words } from './dom.ts';
import { chained, fill } from './words.ts';

/** Names of the controls; each stands in the page as `#name`. */
const NUMBERS = ['microBatch', 'gradientAccumulation', 'maxLength', 'loraRank'] as const;
const CHOICES = ['optimizer', 'quantization', 'gpu'] as const;

/** Optimisers that differ in memory. */
const OPTIMIZERS = [
  'adamw_torch',
  'adamw_torch_fused',
  'adamw_8bit',
  'paged_adamw_8bit',
  'adafactor',
  'sgd',
];

type Control = HTMLInputElement | HTMLSelectElement;

function control(name: string): Control {
  const found = document.getElementById(name);
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
  throw new Error(`the page has no control #${name}`);
}

/** What the page calls a control: its label without the entries of a list that stands in it. */
function labelOf(name: string): string {
  const parts = [...(document.querySelector(`label[for="${name}"]`)?.childNodes ?? [])];
  const texts = parts.filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
  return texts
    .map(({ textContent }) => textContent)
    .join('')
    .trim();
}

function setOptions(select: Control, values: readonly string[], current: string): void {
  const all = current === '' || values.includes(current) ? values : [current, ...values];
  const same = [...select.children].map((option) => option.textContent).join() === all.join();
  if (!same) {
    select.replaceChildren(
      ...all.map((value) => {
        const option = document.createElement('option');
        option.textContent = value;
        return option;
      }),
    );
  }
  select.value = current;
}

/** What the user changed so far. */
let changed: Readonly<Record<string, string | number | boolean>> = {};

/** Fills the controls with the values in force; the one being typed in is left alone. */
export function showValues(
  { values, refused, errors, cards, writable }: PanelData,
  changes: WhatIf,
): void {
  changed = { ...changes };
  for (const name of NUMBERS) {
    const input = control(name);
    if (input !== document.activeElement) input.value = String(values[name] ?? '');
    input.disabled = name === 'loraRank' && values.loraRank === undefined;
  }
  const checkpointing = control('gradientCheckpointing');
  if (checkpointing instanceof HTMLInputElement)
    checkpointing.checked = values.gradientCheckpointing === true;
  setOptions(control('optimizer'), OPTIMIZERS, values.optimizer ?? '');
  setOptions(control('quantization'), ['none', 'nf4'], values.quantization ?? '');
  setOptions(control('gpu'), cards, values.gpu ?? '');
  const apply = document.getElementById('apply');
  if (apply instanceof HTMLButtonElement) apply.disabled = !writable;
  const reset = document.getElementById('reset');
  if (reset instanceof HTMLButtonElement) reset.disabled = Object.keys(changes).length === 0;
  element('refused').textContent =
    refused.length === 0 ? '' : fill(words.refused, chained(words.also, refused.map(labelOf)));
  const said = errors.map((error) => make('li', '', fill(words.error, error)));
  element('errors').replaceChildren(...said);
  element('tried').textContent =
    changes.gpu === undefined ? '' : fill(words.onlyTried, changes.gpu);
}

function read(name: string): string | number | boolean | undefined {
  const input = control(name);
  if (input instanceof HTMLInputElement && input.type === 'checkbox') return input.checked;
  if (input instanceof HTMLInputElement && input.type === 'number') {
    const value = Number(input.value);
    return Number.isInteger(value) && value > 0 ? value : undefined;
  }
  return input.value === '' ? undefined : input.value;
}

/** Calls back with everything changed so far, whenever something is. */
export function onControls(
  change: (changes: WhatIf) => void,
  apply: (changes: WhatIf) => void,
): void {
  for (const name of [...NUMBERS, ...CHOICES, 'gradientCheckpointing']) {
    const input = control(name);
    input.addEventListener(input.matches('[type=number]') ? 'input' : 'change', () => {
      const value = read(name);
      if (value === undefined) return;
      changed = { ...changed, [name]: value };
      change(changed);
    });
  }
  document.getElementById('reset')?.addEventListener('click', () => change({}));
  document.getElementById('apply')?.addEventListener('click', () => apply(changed));
}
