import type { Finding, Fix } from '../finding.ts';
import { isReadBy, mayBeRead } from '../frameworks/environment.ts';
import { unexportedVariable } from '../rules/syntax/unexported-variable.ts';
import type { Settings } from '../settings.ts';
import type { Assigned, Command, Document } from '../syntax/document.ts';
import { cutBetween } from '../syntax/shell/cut.ts';
import { readJob } from '../syntax/shell/job.ts';
import { isMakefile } from '../syntax/shell/makefile.ts';
import type { TextEdit } from '../text/edit.ts';
import { english, type Phrase, say } from '../text/message.ts';
import { cover, type Span, span } from '../text/span.ts';
import type { AnalyzedRun } from './analyzed-run.ts';
import { looseFinding, looseFix } from './loose-finding.ts';
import { unitsOf } from './started-units.ts';

/** Variables that a script sets for a command below, which does not get them. Said once for a statement. */
export function unexportedFindings(
  document: Document,
  runs: readonly AnalyzedRun[],
  settings: Settings,
): readonly Finding[] {
  const { file } = document;
  if (file.language !== 'shell' || isMakefile(file.path) || !mayAssign(file.text)) return [];
  const { assigned = [] } = document;
  const found = new Map<number, Unexported>();
  const readers = new Map<string, readonly Command[]>();
  for (const one of assigned) {
    const { name, statement } = one;
    const all = readers.get(name) ?? readersOf(name, document, runs);
    readers.set(name, all);
    const reader = all.find((command) => command.span.start >= statement.end);
    if (reader === undefined) continue;
    const known = found.get(statement.start);
    if (known === undefined) found.set(statement.start, { all: [one], reader });
    else {
      known.all.push(one);
      known.reader = reader;
    }
  }
  return [...found.values()].flatMap((one) => unexported(one, document, settings));
}

/** Whether a line of the text may set such a variable and end there; most set none, or start a command. */
function mayAssign(text: string): boolean {
  const lines = text.matchAll(/(?:^|[;&|{(]|\b(?:then|do|else)\b)[ \t]*([A-Za-z_]\w*=[^\n;&|]*)/gm);
  for (const [, line = ''] of lines) {
    const names = [...line.matchAll(/(?:^|[\s;&|])([A-Z_]+)=/g)].map(([, name = '']) => name);
    if (names.some(mayBeRead) && !PREFIXES.test(line)) return true;
  }
  return false;
}

/** Plain values in front of a command. */
const PREFIXES = /^(?:\w+=[\w,.:/-]*[ \t]+)+[A-Za-z./][\w./-]*(?:[ \t]|$)/;

/** Assignments of one statement, and the first command that would read them. */
interface Unexported {
  readonly all: Assigned[];
  reader: Command;
}

/** The commands that read the variable and do not get it, of the first run first. */
function readersOf(
  name: string,
  document: Document,
  runs: readonly AnalyzedRun[],
): readonly Command[] {
  if (!mayBeRead(name) || isKept(name, document)) return [];
  const set = new Set(document.assigned?.map((one) => one.name));
  const found: Command[] = [];
  for (const run of runs) {
    for (const index of unitsOf(run, document)) {
      const unit = document.units[index];
      if (unit?.kind !== 'command') continue;
      const has = (asked: string) => unit.env.some(({ key }) => key === asked);
      const isSet = (asked: string) => has(asked) || set.has(asked);
      if (!has(name) && isReadBy(name, run.recognized, isSet)) found.push(unit);
    }
  }
  return found;
}

/** Whether the script may export the variable, or sets it for a use of its own. */
function isKept(name: string, document: Document): boolean {
  const { file, assigned = [], comments } = document;
  if (name === OF_SLURM && readJob(file.text)) return true;
  const own = assigned.filter((one) => one.name === name).map((one) => one.span);
  const code = without(file.text, [...own, ...comments.map((one) => one.span)]);
  const use = `[$][{]?[#!]?${name}\\b|(?:\\(\\(|-v\\s)(?:(?!\\(\\(|-v\\s)[^\\n])*\\b${name}\\b|["']${name}["']`;
  const naming = `\\b(?:${NAMING})\\b`;
  const exports = `${naming}(?:(?!${naming})(?:[^\\n\\\\]|\\\\[^]))*?\\b${name}\\b`;
  return EXPORTS_ALL.test(code) || new RegExp(`${use}|${exports}`).test(code);
}

/** Slurm puts it into the environment of a job. */
const OF_SLURM = 'CUDA_VISIBLE_DEVICES';

/** What is told the names of variables. */
const NAMING = 'export|declare|typeset|local|readonly|read|unset|env|printenv';

/** `set -a`, or a script read in that may do anything: but not one that only chooses a Python. */
const EXPORTS_ALL =
  /\bset\s(?:(?!\bset\s)[^\n])*?-[A-Za-z]*a|\ballexport\b|(?:^|[\s;&|])(?:source|\.)[ \t]+(?!\S*(?:\bactivate|\bconda\.sh)["']?(?:\s|$))\S/;

/** The text with blanks at those places. */
function without(text: string, places: readonly Span[]): string {
  let rest = '';
  for (const { start, end } of [...places].sort((a, b) => a.start - b.start))
    if (start >= rest.length) rest = (rest + text.slice(rest.length, start)).padEnd(end);
  return rest + text.slice(rest.length);
}

function unexported(
  { all, reader }: Unexported,
  document: Document,
  settings: Settings,
): readonly Finding[] {
  const [first] = all;
  if (first === undefined) return [];
  const { path } = document.file;
  const { statement } = first;
  const names = [...new Set(all.map(({ name }) => `\`${name}\``))].join(', ');
  const cut = cutBetween(document, statement, reader.span.start);
  const reason = cut && (cut.by === 'comment' ? COMMENT : EMPTY);
  const said = reason
    ? say`set for no command, as ${reason}: the one below does not get ${names}, unless the environment held such a name before`
    : say`set without \`export\`: the command below does not get ${names}, unless the environment held such a name before`;
  return looseFinding(unexportedVariable, settings, said, {
    file: path,
    span: all.map((one) => one.span).reduce(cover),
    related: [{ file: path, span: reader.span, message: english(READER), said: READER }],
    fixes: cut?.edits
      ? fixes(path, say`Join the lines of the command`, cut.edits)
      : fixes(path, say`Put \`export\` in front`, exported(statement, document)),
  });
}

function fixes(file: string, said: Phrase, edits: readonly TextEdit[]): readonly Fix[] {
  if (edits.length === 0) return [];
  return [looseFix(file, said, edits)];
}

/** `a=1 b=$a` sets `b` to 1, but `export` would get its words before it sets `a`. */
function exported({ start, end }: Span, { file, assigned = [] }: Document): readonly TextEdit[] {
  const text = file.text.slice(start, end);
  const names = assigned.filter((one) => one.statement.start === start).map(({ name }) => name);
  if (new RegExp(`[$][{]?[#!]?(?:${names.join('|')})\\b`).test(text)) return [];
  return [{ span: span(start, start), text: 'export ' }];
}

const READER = say`the command that would read it`;
const EMPTY = say`an empty line follows the \`\\\``;
const COMMENT = say`a comment follows the \`\\\``;
