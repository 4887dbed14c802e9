import type { TextEdit } from '../../text/edit.ts';
import { contains, cover, type Span, span } from '../../text/span.ts';
import type { Command, Document, Entry, Node, ScalarNode, Word } from '../document.ts';
import { ownPart } from './handed-on.ts';
import { backOverBlanks, indentAt, lineStart, newlineOf, nextLine, startsLine } from './lines.ts';
import { isList, isPlainWord, isRaw, literal, quoteOf, type Written } from './literal.ts';

/** Sets the value of a flag, an override or an environment variable. */
export function setShell(doc: Document, whole: Entry, value: Written): readonly TextEdit[] {
  const entry = ownPart(doc, whole);
  const { value: old } = entry;
  if (old.kind === 'absent') {
    return [{ span: old.span, text: ` ${literal('shell', value)}` }];
  }
  if (old.kind === 'scalar' && old.via !== undefined && usedOnce(doc, entry, old)) {
    const edit = writeAt(doc, old.via, value);
    if (edit !== undefined) return [edit];
  }
  if (old.kind === 'list' && !old.items.every((item) => inside(item, old.span))) return [];
  const edit = writeAt(doc, old.span, value);
  return edit === undefined ? [] : [edit];
}

function inside(node: Node, where: Span): boolean {
  return where.start <= node.span.start && node.span.end <= where.end;
}

/** Inside somebody's quotes or braces only plain text may be written. */
function writeAt(doc: Document, where: Span, value: Written): TextEdit | undefined {
  const { text } = doc.file;
  const raw = text.slice(where.start, where.end);
  const quote = quoteOf(raw);
  if (quote === undefined && inQuotes(doc, where)) {
    const words = isRaw(value) ? [value.raw] : isList(value) ? value.map(String) : [String(value)];
    return words.every(isPlainWord) ? { span: where, text: words.join(' ') } : undefined;
  }
  return { span: where, text: literal('shell', value, quote) };
}

function inQuotes(doc: Document, where: Span): boolean {
  const { text } = doc.file;
  if (/\$\{\w+:?[-=]$/.test(text.slice(Math.max(0, where.start - 80), where.start))) return true;
  const home = wordAt(doc, where);
  if (home === undefined) return false;
  const held = home.from === undefined ? undefined : text[home.from.start];
  if (held === '"' || held === "'") return true;
  return /^["']/.test(home.raw) && home.span.start < where.start;
}

/** The word that holds `where`: in the command around it, or in one that takes it from a variable. */
function wordAt(doc: Document, where: Span): Word | undefined {
  const holds = ({ span }: Word): boolean => span.start <= where.start && where.end <= span.end;
  const commands = doc.units.filter((unit) => unit.kind === 'command');
  const near = commands.find(({ span }) => contains(span, where.start));
  const home = near?.words.find(holds);
  if (home !== undefined) return home;
  for (const { words } of commands) for (const word of words) if (holds(word)) return word;
  return undefined;
}

/** Whether the assignment behind a value serves this one place only. */
function usedOnce({ file: { text } }: Document, entry: Entry, value: ScalarNode): boolean {
  const { via } = value;
  if (via === undefined) return false;
  const before = text.slice(Math.max(0, via.start - 80), via.start);
  const assigned = /(?:^|[\s;&(])([A-Za-z_]\w*)=$/.exec(before)?.[1];
  const fallback = /\$\{([A-Za-z_]\w*):?[-=]$/.exec(before)?.[1];
  const written = text.slice(value.span.start, value.span.end);
  const used = /\$\{?([A-Za-z_]\w*)/.exec(written)?.[1];
  // Exported for other programs, in the entry itself, or `${X:-here}` on the spot.
  if (contains(entry.span, via.start) && contains(entry.span, via.end)) return true;
  const source = assigned ?? fallback;
  if (source === undefined || used === undefined) return false;
  return [...new Set([source, used])].every((name) => countUses(text, name, via) <= 1);
}

function countUses(text: string, name: string, via: Span): number {
  const uses = [...text.matchAll(new RegExp(`\\$\\{?${name}(?!\\w)`, 'g'))];
  return uses.filter((m) => !/^:?[-=]$/.test(text.slice(m.index + m[0].length, via.start))).length;
}

/** Renames a flag, keeping its dashes and a prefix (`--train.`), or an override, keeping its sign. */
export function renameShell(doc: Document, entry: Entry, key: string): readonly TextEdit[] {
  const old = doc.file.text.slice(entry.keySpan.start, entry.keySpan.end);
  const [, sign = '', name = ''] = /^(["']?(?:--?|\+\+|\+|~)?)([^"']*)/.exec(old) ?? [];
  const dashed = name.includes('-') && !name.includes('_');
  const prefix = name.endsWith(`.${entry.key}`) ? name.length - entry.key.length : 0;
  const start = entry.keySpan.start + sign.length;
  const text = dashed ? key.replaceAll('_', '-') : key;
  return [{ span: span(start + prefix, start + name.length), text }];
}

/** Writes `--key value` as `key=value`, several values as `key="[a,b]"`, a bare flag as `key=true`. */
export function overrideShell(doc: Document, whole: Entry): readonly TextEdit[] {
  const { text } = doc.file;
  const entry = ownPart(doc, whole);
  const { keySpan, value } = entry;
  const name = /^["']?(-{1,2}|\+{1,2})([\w-]+)["']?$/.exec(text.slice(keySpan.start, keySpan.end));
  if (name?.[1] === undefined || name[2] === undefined) return [];
  const start = keySpan.start + name[0].indexOf(name[1]);
  const dashes = name[1].length;
  const key = name[2].replaceAll('-', '_');
  const renamed = { span: span(start, start + dashes + name[2].length), text: key };
  if (value.kind === 'absent') return [renamed, { span: point(keySpan.end), text: '=true' }];
  if (!inside(value, entry.span) || value.span.start < keySpan.end) return [];
  const isJoined = text[keySpan.end] === '=';
  const gap = { span: span(keySpan.end, value.span.start), text: '=' };
  if (value.kind !== 'list') return isJoined ? [renamed] : [renamed, gap];
  const items = value.items.map((item) => text.slice(item.span.start, item.span.end));
  if (isJoined || !items.every((item) => /^[\w./:+-]+$/.test(item))) return [];
  return [renamed, { span: cover(gap.span, value.span), text: `="[${items.join(',')}]"` }];
}

function point(offset: number): Span {
  return span(offset, offset);
}

/** Takes a flag with its values out; continuation lines and arrays stay whole. */
export function removeShell(doc: Document, whole: Entry): readonly TextEdit[] {
  const { text } = doc.file;
  const entry = ownPart(doc, whole);
  const { start, end } = entry.span;
  const { value } = entry;
  const elsewhere = value.span.start < start || value.span.end > end;
  if (elsewhere) return [];
  const rest = /^[ \t]*(\\?)(\r?\n|$)/.exec(text.slice(end));
  if (!startsLine(text, start)) return [deletion(inlineSpan(text, start, end, rest !== null))];
  const head = lineStart(text, start);
  if (rest?.[1] === '\\') return [deletion(span(head, end + rest[0].length))];
  const before = /[ \t]*\\\r?\n$/.exec(text.slice(0, head).slice(-200));
  const last = rest !== null || /^[ \t]*(?:\d?[<>]|[|&;])/.test(text.slice(end, end + 40));
  if (last && before !== null) return [deletion(span(head - before[0].length, end))];
  if (rest === null) return [deletion(span(start, skipBlanks(text, end)))];
  return [deletion(span(head, nextLine(text, end)))];
}

function deletion(where: Span): TextEdit {
  return { span: where, text: '' };
}

function skipBlanks(text: string, at: number): number {
  let i = at;
  while (text[i] === ' ' || text[i] === '\t') i++;
  return i;
}

function inlineSpan(text: string, start: number, end: number, endsLine: boolean): Span {
  const head = lineStart(text, start);
  if (
    endsLine &&
    /^\s*(?:export|declare|local|readonly|typeset)(?:\s+-\w+)*\s+$/.test(text.slice(head, start))
  ) {
    return span(head, nextLine(text, end));
  }
  const from = backOverBlanks(text, start);
  return from < start ? span(from, end) : span(start, skipBlanks(text, end));
}

/** How a new option is written on a command line. */
export type ShellStyle = 'gnu' | 'overrides' | 'env';

/** Adds a flag behind the last word, on a line of its own where the flags before stand so. */
export function addShell(
  doc: Document,
  command: Command,
  key: string,
  value: Written | undefined,
  style: ShellStyle,
): readonly TextEdit[] {
  const { text } = doc.file;
  if (style === 'env') {
    const at = command.span.start;
    return [{ span: span(at, at), text: `${key}=${literal('shell', value ?? '')} ` }];
  }
  const here = command.words.filter((w) => inCommand(w, command));
  const own = [...here].reverse().find((w) => /^-|=/.test(w.raw) && startsLine(text, w.span.start));
  const at = command.span.end;
  const lead = own === undefined ? ' ' : ` \\${newlineOf(text)}${indentAt(text, own.span.start)}`;
  return [{ span: span(at, at), text: lead + spellOption(here, key, value, style) }];
}

function inCommand(word: Word, { span: where }: Command): boolean {
  return where.start <= word.span.start && word.span.end <= where.end;
}

function spellOption(
  words: readonly Word[],
  key: string,
  value: Written | undefined,
  style: 'gnu' | 'overrides',
): string {
  const list = value !== undefined && isList(value);
  if (style === 'overrides') {
    if (!list) return `${key}=${literal('shell', value ?? null)}`;
    return `${key}=[${value.map((v) => literal('shell', v)).join(',')}]`;
  }
  if (value === undefined) return `--${key}`;
  const flags = words.filter((w) => w.raw.startsWith('--'));
  const joined = flags.filter((w) => w.raw.includes('=')).length;
  const separator = !list && joined > 1 && joined * 2 > flags.length ? '=' : ' ';
  return `--${key}${separator}${literal('shell', value)}`;
}
