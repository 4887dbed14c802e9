import type { TextEdit } from '../../text/edit.ts';
import { type Span, span } from '../../text/span.ts';
import type { Command, Word, WordPiece } from '../document.ts';

/** A character of a word processor where a shell has its own. */
export interface Typographic {
  readonly kind: 'dash' | 'quote' | 'blank';
  /** The first of the command. */
  readonly span: Span;
  readonly text: string;
  /** Writes the shell's own in all places of the command. */
  readonly edits: readonly TextEdit[];
}

/** One to three dashes in front of a name, one of them at least no hyphen of ASCII. */
const DASH = /^(?=-{0,2}[\u2010-\u2015\u2212])[-\u2010-\u2015\u2212]{1,3}(?=([A-Za-z])(\w?))/;
const OPENING = /^[\u201c\u201d\u201e\u2018\u2019]|(?<==)[\u201c\u201d\u201e\u2018\u2019]/;
const CLOSING = /[\u201c\u201d\u2018\u2019]$/;
/** No-break and other spaces, of which none parts words; the last ones have no width. */
const BLANK = /[\u00a0\u2000-\u200b\u202f\u3000\ufeff]/g;

/** What a word processor or a web page made of a command's dashes, quotes and blanks. */
export function typographic({ words }: Command): Typographic | undefined {
  const found = words.flatMap((word, i) =>
    word.from === undefined ? inWord(word, words[i + 1]) : [],
  );
  const [first] = found;
  if (first === undefined) return undefined;
  const { kind, edit, text } = first;
  return { kind, text, span: edit.span, edits: found.map((one) => one.edit) };
}

interface Found {
  readonly kind: Typographic['kind'];
  readonly text: string;
  readonly edit: TextEdit;
}

function inWord(word: Word, next: Word | undefined): readonly Found[] {
  const found: Found[] = [];
  const { raw, pieces, span: where } = word;
  const isBare = (at: number) => pieces.some((one) => isPlain(one) && holds(one, where.start + at));
  const add = (kind: Found['kind'], at: number, text: string, to: string) => {
    const from = where.start + at;
    if (isBare(at))
      found.push({ kind, text, edit: { span: span(from, from + text.length), text: to } });
  };
  const dash = DASH.exec(raw);
  if (dash) add('dash', 0, dash[0], dash[2] === '' ? '-' : '--');
  const open = OPENING.exec(raw);
  const close = CLOSING.exec(raw);
  // A text may begin with such a quote, and go on behind it.
  if (open && (close || next === undefined)) {
    add('quote', open.index, open[0], plainQuote(open[0]));
    if (close && close.index > open.index)
      add('quote', close.index, close[0], plainQuote(close[0]));
  }
  for (const { 0: blank, index } of raw.matchAll(BLANK))
    add('blank', index, blank, /[\u200b\ufeff]/.test(blank) ? '' : ' ');
  return found;
}

function isPlain({ quoted, opaque, via }: WordPiece): boolean {
  return !quoted && opaque === undefined && via === undefined;
}

function holds({ span: { start, end } }: WordPiece, at: number): boolean {
  return start <= at && at < end;
}

function plainQuote(quote: string): string {
  return /[\u2018\u2019]/.test(quote) ? "'" : '"';
}
