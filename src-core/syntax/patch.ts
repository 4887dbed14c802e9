import type { TextEdit } from '../text/edit.ts';
import { cover } from '../text/span.ts';
import type { Document, Entry, Unit } from './document.ts';
import { addBracketed, setBracketed } from './patch/brackets.ts';
import type { Written } from './patch/literal.ts';
import { removeItem } from './patch/separated.ts';
import {
  addShell,
  overrideShell,
  removeShell,
  renameShell,
  type ShellStyle,
  setShell,
} from './patch/shell.ts';
import { addYaml, removeYaml, renameQuoted, setYaml } from './patch/yaml.ts';

export { joinDeletions } from './patch/join.ts';
export { literal, type Raw, type Written } from './patch/literal.ts';
export type { ShellStyle } from './patch/shell.ts';

/**
 * Edits that give `entry` the value, its quotes kept; a value that came through a variable used
 * only there is changed at the assignment. No edits when it cannot be done without harm.
 */
export function setValue(doc: Document, entry: Entry, value: Written): readonly TextEdit[] {
  const { language } = doc.file;
  if (language === 'shell') return setShell(doc, entry, value);
  if (language === 'yaml') return setYaml(doc, entry, value);
  if (language === 'log') return [];
  return setBracketed(doc, entry, value, language);
}

/** Edits that take `entry` out with its comma, line or continuation. No edits when impossible. */
export function removeEntry(doc: Document, unit: Unit, entry: Entry): readonly TextEdit[] {
  const { text, language } = doc.file;
  if (language === 'shell') return removeShell(doc, entry);
  if (unit.kind === 'class') return [];
  if (unit.kind === 'mapping' && language === 'yaml') return removeYaml(doc, unit, entry);
  return removeItem({ text, comments: doc.comments }, cover(entry.keySpan, entry.span));
}

/** Edits that rename the key of `entry`; dashes in front, dash style and quotes are kept. */
export function renameKey(doc: Document, entry: Entry, key: string): readonly TextEdit[] {
  if (doc.file.language === 'shell') return renameShell(doc, entry, key);
  return renameQuoted(doc, entry, key);
}

/** Edits that write a flag of a command as `key=value`. No edits when it cannot be done without harm. */
export function asOverride(doc: Document, entry: Entry): readonly TextEdit[] {
  return doc.file.language === 'shell' ? overrideShell(doc, entry) : [];
}

/** How and where a new entry is written. */
export interface AddOptions {
  /** Shell: `--key value` (default), `key=value`, or `KEY=value` in front. */
  readonly style?: ShellStyle;
  /** YAML: the entry to stand behind; default: the last one. */
  readonly after?: Entry;
}

/**
 * Edits that add an entry at `path` of `unit`, in the style of its surroundings; levels that are
 * missing are made, and a key that is there gets the value. Without `value`: a bare flag, or a YAML
 * key with nothing behind it.
 */
export function addEntry(
  doc: Document,
  unit: Unit,
  path: readonly string[],
  value: Written | undefined,
  options: AddOptions = {},
): readonly TextEdit[] {
  if (unit.kind === 'command') {
    return addShell(doc, unit, path.join('.'), value, options.style ?? 'gnu');
  }
  if (unit.kind === 'class') return [];
  if (unit.kind === 'call') return addBracketed(doc, unit, path, value ?? null, 'python');
  if (doc.file.language === 'yaml') return addYaml(doc, unit, path, value, options.after);
  return addBracketed(doc, unit.root, path, value ?? null, 'json');
}
