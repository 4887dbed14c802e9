import { contains, type Span, span } from '../text/span.ts';
import type { Comment, Document } from './document.ts';
import { joinedLines } from './joined.ts';
import { lineEnd, lineStart, startsLine } from './patch/lines.ts';

/**
 * `# tunelint: ignore[rule-id, other] reason`. Behind code it speaks of its line. Alone on a line it
 * speaks of the next line that is no comment, and of those that no comment can part from it: a command,
 * a heredoc, a string. `ignore-file` speaks of the whole file.
 */
export interface Ignore {
  /** The comment. */
  readonly span: Span;
  /** Rule ids; empty for every rule. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** The text it speaks of. */
  readonly covers: Span;
}

/** `# tunelint: gpu=RTX 4090D x2`: one setting written in the file. */
export interface Directive {
  readonly key: string;
  readonly value: string;
  readonly span: Span;
  /** Where the value stands. */
  readonly valueSpan: Span;
}

/** What the comments of a file tell the linter. */
export interface Directives {
  readonly ignores: readonly Ignore[];
  readonly settings: readonly Directive[];
  /** Comments that begin with `tunelint:` and say nothing known. */
  readonly unknown: readonly Span[];
}

/** Of a file without `tunelint:` comments. */
export const NO_DIRECTIVES: Directives = { ignores: [], settings: [], unknown: [] };

/** Reads the `tunelint:` comments of a document; a later setting of a key wins. */
export function readDirectives(doc: Document): Directives {
  if (!/tunelint:/i.test(doc.file.text)) return NO_DIRECTIVES;
  const ignores: Ignore[] = [];
  const settings: Directive[] = [];
  const unknown: Span[] = [];
  for (const comment of doc.comments) {
    const body = /^[\s*#/!]*tunelint:\s*/i.exec(comment.text);
    if (body === null) continue;
    const rest = comment.text.slice(body[0].length);
    const ignore = readIgnore(doc, comment, rest);
    if (ignore !== undefined) ignores.push(ignore);
    else {
      const found = readSettings(doc, comment, rest);
      if (found.length === 0) unknown.push(comment.span);
      settings.push(...found);
    }
  }
  return { ignores, settings, unknown };
}

/** The comment that silences `rule` at `where`, if any. */
export function ignoredBy({ ignores }: Directives, rule: string, where: Span): Ignore | undefined {
  return ignores.find(
    (ignore) =>
      (ignore.rules.length === 0 || ignore.rules.includes(rule)) &&
      contains(ignore.covers, where.start),
  );
}

/** A GPU as a directive or a flag names it: `RTX 4090D x2` and `2x RTX 4090D` are two of them. */
export interface GpuRequest {
  readonly name: string;
  readonly count: number | undefined;
}

/** Splits the count off a GPU name. */
export function parseGpuRequest(value: string): GpuRequest {
  const behind = /^(.*\S)\s+[x×*]\s*(\d{1,5})$/i.exec(value.trim());
  if (behind !== null) return { name: behind[1] ?? '', count: Number(behind[2]) };
  const front = /^(\d{1,5})\s*[x×*]\s+(\S.*)$/i.exec(value.trim());
  if (front !== null) return { name: front[2] ?? '', count: Number(front[1]) };
  return { name: value.trim(), count: undefined };
}

function readIgnore(doc: Document, comment: Comment, body: string): Ignore | undefined {
  const match = /^ignore(-file)?(?:\s*\[([^\]]*)\])?(?![\w=-])(.*)$/s.exec(body);
  if (match === null) return undefined;
  const rules = (match[2] ?? '').split(/[\s,]+/).filter((rule) => rule !== '');
  const covers = match[1] === undefined ? coveredBy(doc, comment) : span(0, doc.file.text.length);
  return { span: comment.span, rules, reason: (match[3] ?? '').trim(), covers };
}

function coveredBy(doc: Document, comment: Comment): Span {
  const { text } = doc.file;
  if (!startsLine(text, comment.span.start)) {
    const line = span(lineStart(text, comment.span.start), comment.span.end);
    return joinedLines(doc, commandOf(doc, line) ?? line);
  }
  const next = nextCodeLine(doc, comment.span.end);
  return joinedLines(doc, commandOf(doc, next) ?? next);
}

/** The command that begins on the line, from the line's start to the end of the command's line. */
function commandOf(doc: Document, line: Span): Span | undefined {
  if (doc.file.language !== 'shell') return undefined;
  const { units } = doc;
  let low = 0;
  let high = units.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((units[middle]?.span.start ?? 0) < line.start) low = middle + 1;
    else high = middle;
  }
  const unit = units[low];
  if (unit === undefined || unit.span.start > line.end) return undefined;
  return span(line.start, Math.max(line.end, lineEnd(doc.file.text, unit.span.end)));
}

/** How many comment and blank lines may stand between a comment and what it speaks of. */
const MAX_GAP = 40;

function nextCodeLine(doc: Document, from: number): Span {
  const { text, language } = doc.file;
  const comment = language === 'json' ? /^\s*(?:\/\/|\/\*|$)/ : /^\s*(?:#|$)/;
  let at = from;
  for (let gap = 0; gap < MAX_GAP; gap++) {
    const newline = text.indexOf('\n', at);
    if (newline < 0) break;
    const end = lineEnd(text, newline + 1);
    if (!comment.test(text.slice(newline + 1, end))) return span(newline + 1, end);
    at = end;
  }
  return span(from, from);
}

function readSettings(doc: Document, comment: Comment, body: string): Directive[] {
  const found: Directive[] = [];
  const raw = doc.file.text.slice(comment.span.start, comment.span.end);
  const offset = comment.span.start + Math.max(0, raw.lastIndexOf(body));
  const pairs = /(?<![\w-])([A-Za-z][\w-]*)\s*=\s*(?!\s)(.*?)(?=$|[,;]\s*[A-Za-z][\w-]*\s*=)/g;
  for (const match of body.trimEnd().matchAll(pairs)) {
    const [all, key = '', written = ''] = match;
    const value = written.trimEnd();
    const start = offset + match.index + all.indexOf(value, all.indexOf('=') + 1);
    const valueSpan = span(start, start + value.length);
    found.push({ key: key.toLowerCase(), value, span: comment.span, valueSpan });
  }
  return found;
}
