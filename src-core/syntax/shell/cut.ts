import type { TextEdit } from '../../text/edit.ts';
import { contains, overlaps, type Span, span } from '../../text/span.ts';
import { isFlag, wordText } from '../argv.ts';
import type { Command, Document, Unit, Word } from '../document.ts';
import { joinedLines } from '../joined.ts';
import {
  backOverBlanks,
  indentAt,
  lineEnd,
  lineStart,
  newlineOf,
  nextLine,
} from '../patch/lines.ts';

/** What ends a command before its options. */
export type CutBy = 'comment' | 'blank' | 'empty line' | 'line end';

/** A command that ends too early. */
export interface Cut {
  readonly by: CutBy;
  /** Where the command ends: the comment, the `\` with its blank, or the end of the line. */
  readonly end: Span;
  /** The first option that is lost, to the end of its line; absent where none follows. */
  readonly lost?: Span;
  /** Whether all that ends it is of one kind. */
  readonly alike: boolean;
  /** Joins the lines; absent where that cannot be done without harm. */
  readonly edits?: readonly TextEdit[];
}

/** The end of the command at `index`, when it is one that its writer did not mean. */
export function cutAfter(document: Document, index: number): Cut | undefined {
  const { units } = document;
  const command = units[index];
  // An excerpt may list options alone.
  if (command?.kind !== 'command' || command.words.slice(0, 1).some(isOption)) return undefined;
  const links: Link[] = [];
  for (let i = index; ; i++) {
    const link = linkBetween(document, units[i], units[i + 1]);
    if (link === undefined) break;
    links.push(link);
  }
  const [first] = links;
  if (first === undefined) return strayBlank(document, command);
  const { by, end, lost } = first;
  const alike = links.every((link) => link.by === by);
  const edits = joinAll(document, command, links);
  return { by, end, lost, alike, ...(edits && { edits }) };
}

/** What ends `statement` behind a `\\`, between it and the command at `next`; nothing else may stand there. */
export function cutBetween(
  document: Document,
  statement: Span,
  next: number,
): Pick<Cut, 'by' | 'edits'> | undefined {
  const gap = span(statement.end, next);
  const { text } = document.file;
  if (!/^[ \t]*\\\r?\n/.test(text.slice(gap.start, gap.end))) return undefined;
  const cause = causeIn(text, gap);
  if (cause === undefined) return undefined;
  const edits = joinAll(document, { span: statement }, [{ ...cause, gap }]);
  return { by: cause.by, ...(edits && { edits }) };
}

/** What stands between a command and options that should belong to it. */
interface Link {
  readonly by: CutBy;
  readonly end: Span;
  readonly lost: Span;
  /** The text between the last argument and the first lost option. */
  readonly gap: Span;
  readonly comments: readonly string[];
}

function linkBetween(
  { file: { text } }: Document,
  before: Unit | undefined,
  after: Unit | undefined,
): Link | undefined {
  if (before?.kind !== 'command') return undefined;
  const from = backOverBlanks(text, argumentsEnd(text, before));
  const next = after?.span.start ?? text.length;
  if (next < before.span.end) return undefined;
  const override = overrideBetween(text, before, next);
  const lost = override ?? optionAt(text, after);
  if (lost === undefined) return undefined;
  const gap = span(from, lost.start);
  const cause = causeIn(text, gap);
  // Below a command that ends with its line, it is an assignment.
  return cause && !(override && cause.by === 'line end') ? { ...cause, lost, gap } : undefined;
}

/** The first option of a command that begins with one, to the end of its line. */
function optionAt(text: string, unit: Unit | undefined): Span | undefined {
  if (unit?.kind !== 'command') return undefined;
  const { words, span: where } = unit;
  const [first] = words;
  if (first === undefined || !isOption(first)) return undefined;
  const line = span(where.start, lineEnd(text, where.start));
  // Words of a variable stand where it was set.
  const last = words.findLast(
    (word) => contains(line, word.span.start) && word.span.end <= line.end,
  );
  return span(line.start, last?.span.end ?? Math.min(where.end, line.end));
}

/** `key=value` on a line of its own further right than the command: alone, it sets a variable. */
function overrideBetween(text: string, command: Command, next: number): Span | undefined {
  const { start, end } = command.span;
  for (let at = nextLine(text, end); at < next; at = nextLine(text, at)) {
    const line = text.slice(at, lineEnd(text, at));
    const [, indent = '', override] = /^([ \t]*)([a-z_]\w*=\S*)?/.exec(line) ?? [];
    if (/^[ \t]*(?:#.*|\\)?$/.test(line)) continue;
    const begin = at + indent.length;
    const deeper = indent.length > indentAt(text, start).length;
    if (override === undefined || !deeper || begin >= next) return undefined;
    return span(begin, begin + override.length);
  }
  return undefined;
}

/** A word that no program has for its name. */
function isOption(word: Word): boolean {
  return isFlag(word) || /^\+{0,2}[A-Za-z_][\w.@:/-]*=/.test(wordText(word));
}

/** `\` with a blank behind it: a word that begins with the blank. */
function isStray({ raw }: Word): boolean {
  return /^\\[ \t](?:$|#)/.test(raw);
}

const REDIRECTIONS = /^(?:[ \t]*(?:\d*(?:>>?|<)|&>>?)[ \t]*(?:&?[\w./${}"-]+(?![\w./${}"-])))*/;

/** The end of a command's arguments, and of redirections behind them; no blank is one. */
function argumentsEnd(text: string, { words, span: { end } }: Command): number {
  const stray = words.find(isStray);
  if (stray !== undefined) return stray.span.start;
  if (/\\[ \t]$/.test(words.at(-1)?.raw ?? '')) return end - 2;
  return end + (REDIRECTIONS.exec(text.slice(end, lineEnd(text, end)))?.[0].length ?? 0);
}

/** What ends the command in the gap, when nothing but line ends and comments stand in it. */
function causeIn(text: string, gap: Span): Pick<Link, 'by' | 'end' | 'comments'> | undefined {
  const comments: string[] = [];
  let by: CutBy | undefined;
  let end = span(gap.start, gap.start);
  let at = gap.start;
  for (const line of text.slice(gap.start, lineStart(text, gap.end)).split(/(?<=\n)/)) {
    const body = line.trimEnd();
    const part = /^[ \t]*(?:(\\)[ \t]*)?(#.*)?$/.exec(body);
    if (part === null || line === '') return undefined;
    const [, slash, comment] = part;
    if (comment !== undefined) comments.push(comment);
    const next = causeOf(slash !== undefined, comment, line, at === gap.start);
    if (by === undefined && next !== undefined) {
      by = next;
      end = placeOf(next, body, at);
    }
    at += line.length;
  }
  return by === undefined ? undefined : { by, end, comments };
}

function causeOf(
  slash: boolean,
  comment: string | undefined,
  line: string,
  first: boolean,
): CutBy | undefined {
  if (comment !== undefined) return slash && first ? 'blank' : 'comment';
  if (slash) return /\\\r?\n$/.test(line) ? undefined : 'blank';
  return first ? 'line end' : 'empty line';
}

/** The place of what ends the command in the line at `at`. */
function placeOf(by: CutBy, body: string, at: number): Span {
  const mark = by === 'comment' ? body.indexOf('#') : by === 'blank' ? body.indexOf('\\') : 0;
  const width = by === 'blank' ? 2 : body.length - mark;
  return span(at + mark, at + mark + width);
}

/** `--x 1 \ ` at the end of a command: the program is handed a blank, or the words of a comment. */
function strayBlank({ file: { text } }: Document, { words }: Command): Cut | undefined {
  const stray = words.find(isStray);
  if (stray === undefined) return undefined;
  const { start } = stray.span;
  const end = lineEnd(text, start);
  const rest = /^\\[ \t]+(#.*)?$/.exec(text.slice(start, end));
  if (rest === null) return undefined;
  const before = backOverBlanks(text, start);
  const gone = rest[1] === undefined ? span(before, end) : span(before, start + 1);
  return {
    by: 'blank',
    end: span(start, start + 2),
    alike: true,
    edits: [{ span: gone, text: '' }],
  };
}

/** Joins the lines of a command; its comments go above it. */
function joinAll(
  document: Document,
  command: Pick<Command, 'span'>,
  links: readonly Pick<Link, 'gap' | 'comments'>[],
): readonly TextEdit[] | undefined {
  const { text } = document.file;
  const inString = document.unbroken?.some((one) => overlaps(one, links[0]?.gap ?? one));
  if (inString === true) return undefined;
  const start = joinedLines(document, span(command.span.start, command.span.start)).start;
  const indent = /^[ \t]*/.exec(text.slice(start, command.span.start))?.[0] ?? '';
  const newline = newlineOf(text);
  const comments = links.flatMap((link) => link.comments);
  const above = comments
    .map((one) => `${indent}${one.replace(/(?<!\s)\s*\\$/, '')}${newline}`)
    .join('');
  const joins = links.map(({ gap }) => ({
    span: gap,
    text: ` \\${newline}${indentAt(text, gap.end)}`,
  }));
  return above === '' ? joins : [{ span: span(start, start), text: above }, ...joins];
}
