import type { SyntaxNode } from '@lezer/common';
import { hole } from '../blank.ts';
import { childrenOf } from './constants.ts';

/** What a shell reads, at its place in a program. */
export interface Place {
  readonly start: number;
  readonly text: string;
}

/** A word that a shell reads as it stands. */
const PLAIN = /^[\w@%+=:,./^-]+$/;
/** A word in quotes that Python and the shell read alike. */
const QUOTED = /^(?:"[^"\\`$!\n]*"|'[^'\\\n]*')$/;

/** One item of a list as one word of a line; what is not known is a variable that nobody set. */
export function wordAt(node: SyntaxNode, text: string): Place {
  const raw = text.slice(node.from, node.to);
  if (raw === 'sys.executable') return { start: node.from, text: 'python' };
  const isString = node.name === 'String' && /^["'](?!["']{2})/.test(raw);
  const inner = raw.slice(1, -1);
  if (isString && PLAIN.test(inner)) return { start: node.from + 1, text: inner };
  if (isString && QUOTED.test(raw)) return { start: node.from, text: raw };
  const [only, ...more] = node.name === 'FormatString' ? (shellText(node, text) ?? []) : [];
  if (only !== undefined && more.length === 0 && /^[\w@%+=:,./$-]+$/.test(only.text)) return only;
  return { start: node.from, text: hole(Math.max(3, raw.length)) };
}

/** A string as a shell gets it, of the same length; `undefined` where that cannot be. */
export function shellText(node: SyntaxNode, text: string): readonly Place[] | undefined {
  const parts = node.name === 'ContinuedString' ? childrenOf(node) : [node];
  const found: Place[] = [];
  for (const part of parts) {
    if (part.name === 'Comment') continue;
    const read = /^(?:Format)?String$/.test(part.name) ? stringAt(part, text) : undefined;
    const before = found.at(-1)?.text;
    // Between two strings there is no blank but theirs.
    if (
      read === undefined ||
      (before !== undefined && !/\s$/.test(before) && !/^\s/.test(read.text))
    )
      return undefined;
    found.push(read);
  }
  return found.length === 0 ? undefined : found;
}

function stringAt(node: SyntaxNode, text: string): Place | undefined {
  const raw = text.slice(node.from, node.to);
  const open = /^([a-zA-Z]*)("""|'''|"|')/.exec(raw);
  const [head = '', prefix = '', quote = ''] = open ?? [];
  if (open === null || !raw.endsWith(quote) || raw.length < head.length + quote.length)
    return undefined;
  const start = node.from + head.length;
  const end = node.to - quote.length;
  const holes = node
    .getChildren('FormatReplacement')
    .map(({ from, to }) => ({ from: from - start, to: to - start }));
  const inner = text.slice(start, end);
  const isFormat = /f/i.test(prefix);
  const read = /r/i.test(prefix) ? inner : unescaped(inner);
  if (read === undefined) return undefined;
  let made = '';
  for (const { from, to } of holes)
    made += `${plain(read.slice(made.length, from), isFormat)}${hole(to - from)}`;
  return { start, text: made + plain(read.slice(made.length), isFormat) };
}

/** Braces that are doubled in a format string are single. */
function plain(text: string, isFormat: boolean): string {
  return isFormat ? text.replaceAll('{{', ' {').replaceAll('}}', '} ') : text;
}

/**
 * A text without its escapes, of the same length: those of line ends and of blanks, and quotes that stand apart
 * from words.
 */
function unescaped(inner: string): string | undefined {
  if (!inner.includes('\\')) return inner;
  let isKnown = true;
  let isQuoted = false;
  const made = inner.replace(/\\(\r?\n|[\s\S])/g, (all, what: string, at: number) => {
    if (what.endsWith('\n')) return ' '.repeat(all.length);
    if (what === 'n') return ' \n';
    if (what === 't') return '  ';
    const next = inner[at + 2] ?? '\n';
    if (what === '\\' && /[\r\n]/.test(next)) return ' \\';
    const isQuote = what === '"' || what === "'";
    const beside = isQuoted ? next : (inner[at - 1] ?? ' ');
    if (!isQuote || /[^\s\\]/.test(beside)) isKnown = false;
    isQuoted = !isQuoted;
    return isQuoted ? ` ${what}` : `${what} `;
  });
  return isKnown && !isQuoted ? made : undefined;
}
