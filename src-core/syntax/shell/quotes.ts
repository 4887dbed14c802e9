import { type Span, span } from '../../text/span.ts';

/** Where the quotes of a shell text stand after a plain scan. */
export interface QuoteScan {
  /** Offset of the quote that is still open at the end. */
  readonly openAt: number | undefined;
  /** Line ends that stand inside quotes. */
  readonly linesInQuotes: number;
}

/** Pairs quotes in one pass; knows escapes, comments and `$'…'`, and skips heredoc bodies. */
export function scanQuotes(source: string): QuoteScan {
  let linesInQuotes = 0;
  const openAt = eachQuote(source, (open, close) => {
    linesInQuotes += countNewlines(source, open, close);
  });
  return { openAt, linesInQuotes };
}

/** The quoted stretches of a shell text, quotes included, in order. */
export function quotedRanges(source: string): Span[] {
  const ranges: Span[] = [];
  const openAt = eachQuote(source, (open, close) => {
    ranges.push(span(open, close + 1));
  });
  if (openAt !== undefined) ranges.push(span(openAt, source.length));
  return ranges;
}

/** Calls `found` for each pair of quotes; gives the offset of one that stays open. */
function eachQuote(
  source: string,
  found: (open: number, close: number) => void,
): number | undefined {
  const missing = new Set<string>();
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (c === '\\') i++;
    else if (c === '#' && (i === 0 || /\s/.test(source[i - 1] ?? ''))) i = lineEndAt(source, i) - 1;
    else if (c === '<' && source[i + 1] === '<' && source[i + 2] !== '<')
      i = skipHeredoc(source, i, missing);
    else if (c === '"' || c === "'") {
      const close = closingQuote(source, i, c === '"' || source[i - 1] === '$');
      if (close === undefined) return i;
      found(i, close);
      i = close;
    }
  }
  return undefined;
}

function closingQuote(source: string, open: number, escapes: boolean): number | undefined {
  const quote = source[open];
  for (let i = open + 1; i < source.length; i++) {
    if (source[i] === quote) return i;
    if (escapes && source[i] === '\\') i++;
  }
  return undefined;
}

function countNewlines(source: string, from: number, to: number): number {
  let n = 0;
  for (let i = source.indexOf('\n', from); i >= 0 && i < to; i = source.indexOf('\n', i + 1)) n++;
  return n;
}

function lineEndAt(source: string, from: number): number {
  const newline = source.indexOf('\n', from);
  return newline < 0 ? source.length : newline;
}

/** Where so many heredocs have no end, none of the others is looked for. */
const MOST_MISSING = 50;

/**
 * The offset to go on from, minus one: behind the heredoc's last line, or behind `<<`. Words that no line
 * below an earlier heredoc consists of are `missing`.
 */
function skipHeredoc(source: string, at: number, missing: Set<string>): number {
  const head = /^<<-?[ \t]*(['"]?)([A-Za-z_]\w*)\1/.exec(source.slice(at, at + 80));
  const word = head?.[2];
  if (head === null || word === undefined) return at + 1;
  const behind = at + head[0].length - 1;
  if (missing.has(word) || missing.size > MOST_MISSING) return behind;
  for (let line = lineEndAt(source, at) + 1; line < source.length; ) {
    const end = lineEndAt(source, line);
    if (source.slice(line, end).trim() === word) return end - 1;
    line = end + 1;
  }
  missing.add(word);
  return behind;
}
