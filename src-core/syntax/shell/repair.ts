import type { ParsedScript } from 'unbash';
import { type Span, span } from '../../text/span.ts';
import type { SyntaxProblem } from '../document.ts';
import { parseBounded } from './bounded.ts';
import { maskPlaceholders } from './placeholders.ts';
import { scanQuotes } from './quotes.ts';

/** A script that parses, offset for offset the text it came from. */
export interface Repaired {
  readonly script: ParsedScript;
  readonly source: string;
  readonly problems: readonly SyntaxProblem[];
}

const MAX_ROUNDS = 4;
const MAX_CANDIDATES = 16;

/**
 * Parses a script. An opening quote or bracket without its end would swallow all that follows, and an operator at
 * the head of a line ends it, so they are replaced by blanks of the same length, reported, and the text is parsed again.
 */
export function parseRepaired(text: string): Repaired {
  let source = maskPlaceholders(endLastLine(normaliseNewlines(text)));
  const problems: SyntaxProblem[] = [];
  for (let round = 0; ; round++) {
    const script = parseBounded(source);
    const head = round < MAX_ROUNDS ? headOf(script, source) : undefined;
    if (head !== undefined) {
      problems.push({ span: head, message: HEADED });
      const { start, end } = head;
      source = source.slice(0, start) + ' '.repeat(end - start) + source.slice(end);
      continue;
    }
    const open = script.errors?.find(
      (e) => e.message.startsWith('unterminated') && e.pos < text.length,
    );
    if (open === undefined || round >= MAX_ROUNDS) {
      for (const { pos, message } of script.errors ?? []) {
        const at = Math.min(pos, text.length);
        problems.push({ span: span(at, Math.min(at + 1, text.length)), message });
      }
      return { script, source, problems };
    }
    const quote = open.message.includes('quote');
    const at = quote ? findOpenQuote(source, open.pos) : open.pos;
    const message = source.startsWith('=(', at) ? 'unterminated array' : open.message;
    problems.push({ span: span(at, at + 1), message });
    source = quote ? blank(source, at, ' ') : maskOpening(source, at);
  }
}

/** What is said of `&&`, `||` or `|` at the head of a line, where bash reads no further. */
export const HEADED = 'operator at the head of a line';

/** The operator at the head of a line that the parser stopped at: what follows is read without it. */
function headOf({ errors }: ParsedScript, source: string): Span | undefined {
  const stop = errors?.find(({ message }) => message.startsWith('unexpected token'));
  if (stop === undefined) return undefined;
  const operator = /^(?:&&|\|\|?)(?![&|])/.exec(source.slice(stop.pos, stop.pos + 3))?.[0];
  const line = source.slice(source.lastIndexOf('\n', stop.pos - 1) + 1, stop.pos);
  return operator && line.trim() === '' ? span(stop.pos, stop.pos + operator.length) : undefined;
}

/** `\r\n` continues a line as `\n` does; every offset stays. */
function normaliseNewlines(text: string): string {
  return text.includes('\r') ? text.replaceAll('\\\r\n', ' \\\n').replaceAll('\r\n', ' \n') : text;
}

/** Bash drops a `\` that ends the file, as it does one that ends a line. */
function endLastLine(source: string): string {
  const escapes = /(?<!\\)\\+$/.exec(source)?.[0].length ?? 0;
  return escapes % 2 === 1 ? `${source.slice(0, -1)} ` : source;
}

function blank(source: string, at: number, filler: string): string {
  const fits = filler.slice(0, source.length - at);
  return source.slice(0, at) + fits + source.slice(at + fits.length);
}

/** Keeps a half-typed `${X`, `$(x` or `` `x `` unknown; an open `(` becomes a blank. */
function maskOpening(source: string, at: number): string {
  if (source[at] === '`') return blank(source, at, '$');
  if (source[at] === '$') return blank(source, at, source[at + 2] === '(' ? '$__' : '$_');
  if (source[at + 1] === '(' && source[at] !== '(') return blank(source, at, '  ');
  return blank(source, at, ' ');
}

/**
 * The quote that was left open. The parser names the last one, but every quote behind a missing
 * one is paired wrongly; so each line with an odd quote is tried, and the one wins that leaves the
 * fewest line ends inside quotes.
 */
function findOpenQuote(source: string, reported: number): number {
  const candidates = oddQuotes(source, reported);
  let best = { at: reported, score: Number.POSITIVE_INFINITY };
  for (const at of candidates) {
    const { openAt, linesInQuotes } = scanQuotes(blank(source, at, ' '));
    const score = linesInQuotes + (openAt === undefined ? 0 : 1e6);
    if (score < best.score) best = { at, score };
  }
  return best.at;
}

function oddQuotes(source: string, before: number): number[] {
  const found: number[] = [];
  const limit = source.length > 200_000 ? 2 : MAX_CANDIDATES;
  let end = source.indexOf('\n', before);
  if (end < 0) end = source.length;
  for (let start = 0; start <= end; ) {
    const newline = source.indexOf('\n', start);
    const stop = newline < 0 ? source.length : newline;
    const { openAt } = scanQuotes(source.slice(start, stop));
    if (openAt !== undefined) found.push(start + openAt);
    start = stop + 1;
  }
  return [before, ...found.slice(-limit)];
}
