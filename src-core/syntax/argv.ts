import { cover, type Span, span } from '../text/span.ts';
import type { Entry, Node, OpaqueNode, ScalarNode, Word, WordPiece } from './document.ts';

/** Flags read from a command line. */
export interface Argv {
  readonly entries: readonly Entry[];
  /** Words that belong to no flag, in order. */
  readonly positional: readonly Word[];
}

/**
 * How a program reads its words. `gnu`: `--key value`, `--key=value`, bare `--key`, `-k value`,
 * several values up to the next flag. `overrides`: `key=value`, `+key=value`, `++key=value`,
 * `~key`, a `--` in front allowed.
 */
export type ArgvStyle = 'gnu' | 'overrides';

/**
 * Turns words into entries. In `gnu` style every word behind a flag is its value until the next
 * flag, as with `nargs='*'`; an adapter that knows that a flag takes none or one value can take the
 * others back as positional words through `positionalAfter`.
 */
export function flagEntries(words: readonly Word[], style: ArgvStyle): Argv {
  return style === 'gnu' ? gnuEntries(words) : overrideEntries(words);
}

function gnuEntries(words: readonly Word[]): Argv {
  const entries: Entry[] = [];
  const positional: Word[] = [];
  for (let i = 0; i < words.length; ) {
    const word = words[i];
    if (word === undefined) break;
    const parts = flagParts(word);
    i++;
    if (parts === undefined) {
      positional.push(word);
      continue;
    }
    if (parts.value !== undefined) {
      const { key, keySpan, value } = parts;
      entries.push({ key, keySpan, value, span: word.span });
      continue;
    }
    const values: Word[] = [];
    for (let next = words[i]; next !== undefined && !isFlag(next); next = words[++i]) {
      values.push(next);
    }
    entries.push(flagEntry(word, parts, values));
  }
  return { entries, positional };
}

/** The entry of a flag word with the value words behind it. */
function flagEntry(word: Word, parts: FlagParts, values: readonly Word[]): Entry {
  const { key, keySpan } = parts;
  const [first] = values;
  const last = values.at(-1);
  if (first === undefined || last === undefined) {
    const absent = { kind: 'absent', span: span(word.span.end, word.span.end) } as const;
    return { key, keySpan, value: absent, span: word.span };
  }
  const together = values.every((v) => samePlace(v, word));
  const valueSpan = cover(first.span, samePlace(first, last) ? last.span : first.span);
  const value: Node =
    values.length === 1
      ? first.value
      : { kind: 'list', span: valueSpan, items: values.map((v) => v.value) };
  return { key, keySpan, value, span: together ? cover(word.span, last.span) : word.span };
}

function samePlace(a: Word, b: Word): boolean {
  return a.from?.start === b.from?.start;
}

interface FlagParts {
  readonly key: string;
  readonly keySpan: Span;
  /** The value behind `=` in the same word. */
  readonly value: ScalarNode | OpaqueNode | undefined;
}

/** Whether the word opens an option: `--key`, `-k`, but not `-`, `--`, `-1` or `-1e-5`. */
export function isFlag(word: Word): boolean {
  const text = wordText(word);
  if (/^--[A-Za-z_]/.test(text)) return true;
  return /^-[A-Za-z]/.test(text) && !/^-(?:inf|nan)$/i.test(text) && !/\s/.test(text);
}

/** The text of a word as far as it is known, opaque pieces as written. */
export function wordText(word: Word): string {
  return word.value.kind === 'scalar' ? word.value.text : word.pieces.map((p) => p.text).join('');
}

function flagParts(word: Word): FlagParts | undefined {
  if (!isFlag(word)) return undefined;
  const text = wordText(word);
  const dashes = text.startsWith('--') ? 2 : 1;
  const equals = text.indexOf('=');
  if (equals < 0) return { key: text.slice(dashes), keySpan: word.span, value: undefined };
  const { keySpan, value } = cutWord(word, equals);
  return { key: text.slice(dashes, equals), keySpan, value };
}

function overrideEntries(words: readonly Word[]): Argv {
  const entries: Entry[] = [];
  const positional: Word[] = [];
  for (const word of words) {
    const match = /^(?:--|\+\+|\+|~)?([A-Za-z_][\w.@:/-]*)(=?)/.exec(wordText(word));
    const equals = match?.[2] === '=';
    if (match?.[1] === undefined || (!equals && !wordText(word).startsWith('~'))) {
      positional.push(word);
      continue;
    }
    if (!equals) {
      const absent = { kind: 'absent', span: span(word.span.end, word.span.end) } as const;
      entries.push({ key: match[1], keySpan: word.span, value: absent, span: word.span });
      continue;
    }
    const { keySpan, value } = cutWord(word, match[0].length - 1);
    entries.push({ key: match[1], keySpan, value, span: word.span });
  }
  return { entries, positional };
}

interface Cut {
  readonly keySpan: Span;
  readonly value: ScalarNode | OpaqueNode;
}

/** Cuts a word at `=`, which stands `offset` letters into its text. */
function cutWord(word: Word, offset: number): Cut {
  const behind = piecesBehind(word, offset + 1);
  const cutAt = Math.min(behind.at, word.span.end);
  const keyEnd = Math.max(word.span.start, cutAt - 1);
  const quoteAround = /^["']/.test(word.raw) && word.span.start < keyEnd ? 1 : 0;
  const valueEnd = Math.max(cutAt, word.span.end - quoteAround);
  const where = span(cutAt, valueEnd);
  const keySpan = span(word.span.start + quoteAround, keyEnd);
  const unknown = behind.pieces.find((p) => p.opaque !== undefined);
  const raw = word.raw.slice(cutAt - word.span.start, valueEnd - word.span.start);
  if (unknown?.opaque !== undefined) {
    return { keySpan, value: { kind: 'opaque', span: where, text: raw, why: unknown.opaque } };
  }
  const text = wordText(word).slice(offset + 1);
  const quoted = behind.pieces.some((p) => p.quoted);
  const scalar = { kind: 'scalar', span: where, text, value: text, quoted } as const;
  const [only] = behind.pieces;
  const via = behind.pieces.length === 1 ? only?.via : undefined;
  return { keySpan, value: via === undefined ? scalar : { ...scalar, via } };
}

/** The pieces behind the first `count` letters, and where in the file they begin. */
function piecesBehind(word: Word, count: number): { pieces: WordPiece[]; at: number } {
  let left = count;
  const pieces: WordPiece[] = [];
  let at = word.span.end;
  for (const piece of word.pieces) {
    if (left >= piece.text.length && left > 0) {
      left -= piece.text.length;
      at = piece.span.end;
      continue;
    }
    if (pieces.length === 0) at = left > 0 ? piece.span.start + left : at;
    pieces.push(left > 0 ? { ...piece, text: piece.text.slice(left) } : piece);
    left = 0;
  }
  return { pieces, at };
}
