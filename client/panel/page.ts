import type { PanelData, WhatIf } from '../../server/proto/panel.ts';
import { colourOf, drawChart } from './chart.ts';
import { onControls, showValues } from './controls.ts';
import type { FromPage, ToPage } from './messages.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void };

const editor = acquireVsCodeApi();
const GIB = 2 ** 30;
const VERDICTS = {
  fits: 'fits',
  tight: 'tight',
  unlikely: 'probably does not fit',
  'does-not-fit': 'does not fit',
};

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

function make(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function headline({ need, memory, gpu, verdict, writtenNeed }: PanelData): string {
  const range = `${(need.low / GIB).toFixed(1)} to ${(need.high / GIB).toFixed(1)}`;
  const of = memory === undefined ? '' : ` of ${gib(memory)} on ${gpu}`;
  const judged = verdict === undefined ? '' : `${VERDICTS[verdict]}: `;
  const difference = need.expected - writtenNeed;
  const sign = difference > 0 ? '+' : '−';
  const changed =
    Math.abs(difference) < GIB / 100 ? '' : `, ${sign}${gib(Math.abs(difference))} by the changes`;
  return `${judged}≈ ${gib(need.expected)}${of} (${range})${changed}`;
}

/** A row for each component; the bar is a picture of the figure beside it. */
function showComponents(data: PanelData): void {
  const { components } = data;
  const total = components.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = components.map(({ name, bytes }) => {
    const row = make('tr', '');
    const heading = make('th', '', name);
    heading.setAttribute('scope', 'row');
    const bar = make('div', 'bar');
    bar.style.width = `${(100 * bytes) / total}%`;
    bar.style.background = colourOf(name, data);
    const cell = make('td', 'bar-cell');
    cell.append(bar);
    row.append(heading, make('td', 'number', gib(bytes)), cell);
    return row;
  });
  element('components').replaceChildren(...rows);
}

function showNotes({ numerics, assumptions, peak }: PanelData): void {
  const notes = [
    `Peak: ${peak}.`,
    ...(numerics === null ? [] : [`Range of the dtype: ${numerics.verdict}.`, ...numerics.notes]),
    ...assumptions,
  ];
  element('notes').replaceChildren(...notes.map((note) => make('li', '', note)));
}

function show(data: PanelData, changes: WhatIf): void {
  element('title').textContent = data.title;
  const head = element('headline');
  head.textContent = headline(data);
  head.dataset.verdict = data.verdict ?? '';
  showComponents(data);
  showNotes(data);
  showValues(data, changes);
  element('chart').setAttribute(
    'aria-label',
    `Memory over two training steps. ${headline(data)}. Peak in ${data.peak}.`,
  );
  element('content').hidden = false;
  element('nothing').hidden = true;
  drawChart(element('chart'), data); // its place has a width only once it is shown
}

let latest: { readonly data: PanelData; readonly changes: WhatIf } | undefined;

window.addEventListener('message', ({ data: message }: MessageEvent<ToPage>) => {
  if (message.type === 'data') {
    latest = message;
    show(message.data, message.changes);
    return;
  }
  element('content').hidden = true;
  element('nothing').hidden = false;
});
window.addEventListener('resize', () => {
  if (latest !== undefined) drawChart(element('chart'), latest.data);
});
onControls(
  (changes) => editor.postMessage({ type: 'change', changes }),
  (changes) => editor.postMessage({ type: 'apply', changes }),
);
editor.postMessage({ type: 'ready' });
