import { changeBetween, linesAround } from '../../text/change.ts';
import { blank, hole } from '../blank.ts';
import type { Document, ListNode, MapNode, Node, OpaqueNode, ScalarNode } from '../document.ts';
import type { ShellPart } from '../shell-part.ts';
import { wordsOf } from './argument-list.ts';

/** Keys of what a shell runs: GitHub and GitLab, SkyPilot, dstack, Tekton, Azure ML, Determined, Ray. */
const SCRIPTS = new Set([
  'run',
  'setup',
  'script',
  'scripts',
  'commands',
  'cmd',
  'entrypoint',
  'source',
]);
/** Keys of arguments, or of one command line: Kubernetes, Docker Compose, Beaker. */
const ARGUMENTS = new Set(['command', 'args', 'arguments']);

/** A text, which a workflow or a chart may yet fill in. */
type Text = ScalarNode | OpaqueNode;

function isText(node: Node): node is Text {
  return node.kind === 'scalar' || (node.kind === 'opaque' && node.why === 'interpolation');
}

/**
 * Whether a text may hold such a key: most configs hold none of the words. Of an edit of a text that held none, only
 * the lines that it touches are looked at.
 */
export function mayHoldScripts(text: string): boolean {
  const change = last !== undefined && !last.may ? changeBetween(last.text, text) : undefined;
  const { from, to } = change
    ? linesAround(text, change.start, change.start + change.text.length, 0)
    : { from: 0, to: text.length };
  last = { text, may: last?.text === text ? last.may : holdsKey(text.slice(from, to)) };
  return last.may;
}

/** Asked with each letter that is typed. */
let last: { readonly text: string; readonly may: boolean } | undefined;

function holdsKey(text: string): boolean {
  return WORDS.some((word) => text.includes(word)) && KEY.test(text);
}

const KEYS = [...SCRIPTS, ...ARGUMENTS];
const WORDS = [...KEYS, '.sh'].map((key) => `${key}:`);
const KEY = new RegExp(`^[ \\t]*(?:- +)*(?:${KEYS.join('|')}|\\w[\\w.-]*\\.sh):`, 'm');

/** More commands than a file for jobs has. */
const MOST = 30;

/** The scripts, command lines and lists of arguments in a YAML file. */
export function shellParts(document: Document): readonly ShellPart[] {
  const found: ShellPart[] = [];
  for (const unit of document.units)
    if (unit.kind === 'mapping') gather(unit.root, document.file.text, found);
  return found.slice(0, MOST);
}

function gather(node: Node, text: string, found: ShellPart[]): void {
  if (node.kind === 'list') for (const item of node.items) gather(item, text, found);
  if (node.kind !== 'map') return;
  found.push(...argumentsIn(node, text));
  for (const { key, value } of node.entries) {
    const isScript = SCRIPTS.has(key) || key.endsWith('.sh');
    if (isScript && isText(value)) found.push(...partOf([value], text));
    if (isScript && value.kind === 'list') found.push(...linesOf(value, text));
    gather(value, text, found);
  }
}

/** `command` and `args` of one mapping, which make one command line. */
function argumentsIn({ entries }: MapNode, text: string): readonly ShellPart[] {
  const given = entries.filter(({ key }) => ARGUMENTS.has(key));
  const lists = given.map(({ value }) => value).filter((value) => value.kind === 'list');
  const alone = given.flatMap(({ value }) => (isText(value) ? partOf([value], text) : []));
  const items = lists.flatMap((list) => list.items);
  const script = scriptOf(items);
  if (script !== undefined) return [...alone, ...partOf([script], text)];
  const words = items.length === 0 ? undefined : wordsOf(items, text);
  return words === undefined ? alone : [...alone, { text: words, edits: 'none' }];
}

/** The script of `bash -c script`; without a shell, one block of several lines is one, too. */
function scriptOf(items: readonly Node[]): Text | undefined {
  const at = items.findIndex((item) => item.kind === 'scalar' && /^-[a-z]*c$/.test(item.text));
  const shell = items[0];
  const last = items.at(-1);
  if (last === undefined || !isText(last)) return undefined;
  if (shell?.kind === 'scalar' && /(?:^|\/)(?:ba|z|da)?sh$/.test(shell.text) && at > 0)
    return items.length === at + 2 ? last : undefined;
  return items.length === 1 && /\s/.test(last.text) ? last : undefined;
}

/** A list of commands, each of which the shell runs by itself. */
function linesOf({ items }: ListNode, text: string): readonly ShellPart[] {
  return partOf(items.filter(isText), text);
}

/** Scalars as one script; what has escapes reads otherwise than it is written. */
function partOf(scalars: readonly Text[], text: string): readonly ShellPart[] {
  const views = scalars.map(({ span: { start, end } }) => viewOf(text.slice(start, end)));
  if (views.length === 0 || views.some((view) => view === undefined)) return [];
  let made = '';
  for (const [i, { span }] of scalars.entries())
    made += blank(text.slice(made.length, span.start)) + (views[i] ?? '');
  const isBlock = scalars.every(({ span }) => /[|>]/.test(text.charAt(span.start)));
  const whole = withHoles(made + blank(text.slice(made.length)));
  // YAML hands on lines that end as on Unix.
  if (whole.includes('\r')) return [{ text: asUnix(whole), edits: 'none' }];
  return [{ text: whole, edits: isBlock ? 'all' : 'words' }];
}

/** The text of a scalar as the shell gets it, at its place. */
function viewOf(raw: string): string | undefined {
  const style = raw.charAt(0);
  if (style === '|') return raw.replace(/^[^\n]*/, blank);
  if (style === '>') return folded(raw.replace(/^[^\n]*/, blank));
  if (style !== '"' && style !== "'") return raw.replaceAll('\n', ' ');
  const inner = raw.slice(1, -1);
  const isEscaped = style === '"' ? inner.includes('\\') : inner.includes("''");
  return isEscaped ? undefined : ` ${inner.replaceAll('\n', ' ')} `;
}

/** Lines of a folded block are one, but for those that are empty or stand further right. */
function folded(raw: string): string {
  const indent = /\n([ \t]*)\S/.exec(raw)?.[1] ?? '';
  const isPlain = (line: string): boolean =>
    line.startsWith(indent) && /^\S/.test(line.slice(indent.length));
  const lines = raw.split('\n');
  return lines.reduce((made, line, i) => {
    const joins = i > 0 && isPlain(lines[i - 1] ?? '') && isPlain(line);
    return i === 0 ? line : `${made}${joins ? ' ' : '\n'}${line}`;
  }, '');
}

function asUnix(text: string): string {
  return text.replaceAll('\\\r\n', ' \\\n').replaceAll('\r', ' ');
}

/** What a workflow or a chart fills in is a variable that nobody knows. */
function withHoles(text: string): string {
  return text.replace(/\$?\{\{[^{}]*\}\}/g, (all) => hole(all.length));
}
