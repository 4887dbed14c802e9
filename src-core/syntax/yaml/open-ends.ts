import type { Composed } from './compose.ts';
import { type Piece, piecesOf } from './tokens.ts';

/** A quote or a bracket that runs over lines which the parser takes for others. */
export interface OpenEnd {
  readonly start: number;
  /** Where it is closed; absent: nowhere. */
  readonly end?: number;
  readonly quote: boolean;
}

const QUOTED: ReadonlySet<string> = new Set(['double-quoted-scalar', 'single-quoted-scalar']);
const OPENING: ReadonlySet<string> = new Set(['flow-seq-start', 'flow-map-start']);

/** The quote that the parser found no end of before `at`. */
export function openQuote(text: string, { tokens }: Composed, at: number): OpenEnd | undefined {
  const quoted = piecesOf(tokens, QUOTED);
  const piece = quoted.find(({ offset, source }) => offset + source.length === at);
  if (piece === undefined) return undefined;
  const end = quoteEnd(text, piece.offset);
  return { start: piece.offset, quote: true, ...(end !== undefined && { end }) };
}

/** The bracket that the parser found no end of before `at`. */
export function openBracket(text: string, { tokens }: Composed, at: number): OpenEnd | undefined {
  for (const { offset } of piecesOf(tokens, OPENING).filter((piece: Piece) => piece.offset < at)) {
    const end = bracketEnd(text, offset);
    if (end === undefined || end >= at)
      return { start: offset, quote: false, ...(end !== undefined && { end }) };
  }
  return undefined;
}

/** The text with the lines of a quote or a bracket joined, letter for letter. */
export function joinedIn(text: string, start: number, end: number): string {
  const inner = text.slice(start, end);
  const bare = text[start] === '"' || text[start] === "'" ? inner : blankComments(inner);
  return text.slice(0, start) + bare.replace(/[\r\n]/g, ' ') + text.slice(end);
}

function blankComments(text: string): string {
  return text.replace(/(?<!\\)"(?:\\.|[^"\\])*"|'[^']*'|(?<=\s)#[^\n]*/g, (found) =>
    found.startsWith('#') ? ' '.repeat(found.length) : found,
  );
}

/** The offset behind the quote that closes the one at `start`. */
function quoteEnd(text: string, start: number): number | undefined {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (quote === '"' && text[i] === '\\') i++;
    else if (text[i] === quote && quote === "'" && text[i + 1] === quote) i++;
    else if (text[i] === quote) return i + 1;
  }
  return undefined;
}

/** The offset behind the bracket that closes the one at `start`. */
function bracketEnd(text: string, start: number): number | undefined {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const letter = text[i] ?? '';
    if (letter === '[' || letter === '{') depth++;
    else if (letter === ']' || letter === '}') {
      if (--depth === 0) return i + 1;
    } else if (letter === '#' && /\s/.test(text[i - 1] ?? '')) {
      const newline = text.indexOf('\n', i);
      if (newline < 0) return undefined;
      i = newline;
    } else if ((letter === '"' || letter === "'") && /[\s[{,:]/.test(text[i - 1] ?? '')) {
      const end = quoteEnd(text, i);
      if (end === undefined) return undefined;
      i = end - 1;
    }
  }
  return undefined;
}
