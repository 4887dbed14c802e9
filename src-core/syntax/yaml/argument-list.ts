import type { Node } from '../document.ts';

/** A word that a shell reads as it stands. */
const PLAIN = /^[\w@%+=:,./~^-]+$/;
/** A word in quotes that YAML and the shell read alike: no escapes, nothing that a shell puts in place. */
const QUOTED = /^(?:"[^"\\`$!]*"|'[^']*')$/;
/** `$(NAME)` of Kubernetes and `$NAME`: nobody knows its value. */
const REFERENCE = /^"?[\w@%+=:,./-]*\$(?:\(\w+\)|\{\w+\}|\w)[\w@%+=:,./-]*"?$/;

/**
 * A list of arguments as a line of shell, of the same length as the text and with each word at its place;
 * `undefined` where a word would not be the same to a shell.
 */
export function wordsOf(items: readonly Node[], text: string): string | undefined {
  let line = '';
  for (const item of items) {
    const { start, end } = item.span;
    const raw = text.slice(start, end);
    if (start < line.length || ![PLAIN, QUOTED, REFERENCE].some((one) => one.test(raw)))
      return undefined;
    line = line.padEnd(start) + raw;
  }
  return line.padEnd(text.length);
}
