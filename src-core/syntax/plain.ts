import type { Language } from '../text/source-file.ts';
import type { Span } from '../text/span.ts';
import type { Command } from './document.ts';
import { DECLARE } from './shell/assign.ts';
import type { Said } from './watch.ts';
import { resolvePlain } from './yaml/scalars.ts';

/** Commands whose words say what later text means, or how the commands around them are read. */
const REASSIGNING: ReadonlySet<string> = new Set([
  ...DECLARE,
  ...['read', 'mapfile', 'readarray', 'getopts', 'unset', 'eval', 'expr', 'test', '['],
]);

/** What reads a script out of its words or its input (`bash -c`, `sbatch --wrap`). */
const READER = /(?:^|\/)(?:(?:ba|z|da|k)?sh|sbatch|qsub|bsub|ssh)$/;

/** Whether the words of a command mean more than themselves. */
export function readsAhead({ words }: Command): boolean {
  const name = words[0]?.value;
  if (name?.kind !== 'scalar' || REASSIGNING.has(name.text)) return true;
  return words.some(({ value }) => READER.test(value.text));
}

/**
 * What stands at `span`, when it is a value that no parser could take for anything else and that
 * ends where it seems to: its letters may change without the rest of the text being read anew.
 */
export function plainValue(language: Language, text: string, span: Span): Said | undefined {
  const raw = text.slice(span.start, span.end);
  const line = text.slice(text.lastIndexOf('\n', span.start - 1) + 1, span.start);
  const next = text[span.end] ?? '\n';
  if (language === 'shell') return shellWord(raw, line, next);
  return language === 'yaml' ? yamlScalar(raw, line, text, span.end) : jsonScalar(raw, next);
}

/** Whether a shell word is a number, which names no program, no option and no file. */
export function isNumeral(raw: string): boolean {
  return /^\d[\d.e+-]*$/i.test(raw);
}

/** Whether a shell word is a name, a path or a number: no option, no assignment, no dots alone. */
export function isArgument(raw: string): boolean {
  return /^\w[\w./+-]*$/.test(raw);
}

/** An argument without quotes, expansions or anything else that the shell looks at. */
function shellWord(raw: string, line: string, next: string): Said | undefined {
  if (!/^[\w./:=,+@%-]+$/.test(raw) || READER.test(raw)) return undefined;
  return /[ \t]$/.test(line) && /[ \t\n]/.test(next) ? { text: raw, value: raw } : undefined;
}

/** `key: value` or `- value` in block style, alone on its line but for a comment. */
function yamlScalar(raw: string, line: string, text: string, end: number): Said | undefined {
  if (!/^[A-Za-z0-9_][\w./+-]*$/.test(raw)) return undefined;
  if (!/^ *(?:- +)*(?:[A-Za-z_][\w.-]*: +)?$/.test(line)) return undefined;
  const newline = text.indexOf('\n', end);
  const rest = text.slice(end, newline < 0 ? text.length : newline);
  return /^ *(?: #.*)?$/.test(rest) ? { text: raw, value: resolvePlain(raw) } : undefined;
}

function jsonScalar(raw: string, next: string): Said | undefined {
  const inner = /^"([\w ./:+-]*)"$/.exec(raw)?.[1];
  if (inner !== undefined) return { text: inner, value: inner };
  const number = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(raw) && /[\s,}\]]/.test(next);
  return number ? { text: raw, value: Number(raw) } : undefined;
}
