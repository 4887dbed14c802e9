import { type Located, optionAt } from '../analysis/locate.ts';
import type { Analysis } from '../analyze.ts';
import { span } from '../text/span.ts';
import type { Completion, Completions } from './completion.ts';
import { hasWordBehind, optionBefore, takesSeveral, valueNeed } from './due.ts';
import { keys } from './keys.ts';
import { type LauncherPlace, launcherPlace } from './launcher-place.ts';
import { keyPlace } from './places.ts';
import { valuesOf, valuesOfKey } from './values.ts';
import { yamlKeyPlace } from './yaml-place.ts';

export type { Completion, Completions } from './completion.ts';

const NONE: Completions = { items: [], partial: false };

/** Keys that are not written yet, or the values of the key at `offset`. */
export function complete(analysis: Analysis, offset: number): Completions {
  if (analysis.file.language === 'yaml') {
    const place = yamlKeyPlace(analysis, offset);
    if (place !== undefined) return all(keys(place, analysis.file.text));
  }
  const launcher = analysis.file.language === 'shell' ? launcherPlace(analysis, offset) : undefined;
  if (launcher !== undefined) return atLauncher(launcher, analysis);
  const located = optionAt(analysis, offset);
  if (located?.part === 'value') return atValue(located, analysis, offset);
  const due = located === undefined ? optionBefore(analysis, offset) : undefined;
  if (due === undefined) return keysAt(analysis, offset);
  const need = valueNeed(due.option);
  if (need === 'none') return keysAt(analysis, offset);
  if (hasWordBehind(due.option, offset)) return NONE;
  const values = valuesOf(due.option, span(offset, offset), due.run, analysis);
  return need === 'needed' ? values : joined(values, keysAt(analysis, offset));
}

/** A flag of a launcher, or the value of one. */
function atLauncher({ due, section, word }: LauncherPlace, { file }: Analysis): Completions {
  if (due === undefined) return all(keys({ section, word }, file.text));
  return valuesOfKey(due, word, { text: file.text, in: file });
}

/** In a command the word may as well be the next option. */
function atValue({ option, run }: Located, analysis: Analysis, offset: number): Completions {
  const { value } = option.entry;
  if (option.section.unit.kind !== 'command' || option.section.style === 'overrides')
    return value.kind === 'map' || value.kind === 'list'
      ? keysAt(analysis, offset)
      : valuesOf(option, value.span, run, analysis);
  const items = value.kind === 'list' ? value.items : [value];
  const at = items.findIndex((one) => one.span.start <= offset && offset <= one.span.end);
  const item = items[at];
  if (item === undefined) return NONE;
  const dashed = /^--?(?:[A-Za-z][\w.-]*)?$/.test(
    analysis.file.text.slice(item.span.start, offset),
  );
  const need = valueNeed(option);
  const isKey =
    need === 'none' || (dashed ? at > 0 || need === 'maybe' : at > 0 && !takesSeveral(option));
  return isKey ? keysAt(analysis, offset) : valuesOf(option, item.span, run, analysis);
}

function keysAt(analysis: Analysis, offset: number): Completions {
  const place = keyPlace(analysis, offset);
  return place === undefined ? NONE : all(keys(place, analysis.file.text));
}

const all = (items: readonly Completion[]): Completions => ({ items, partial: false });

function joined(a: Completions, b: Completions): Completions {
  return { items: [...a.items, ...b.items], partial: a.partial || b.partial };
}
