import type { Assignment, Word as ShellWord } from 'unbash';
import { type Span, span } from '../../text/span.ts';
import { expandToWords, expandWord, type Reading } from './expand.ts';
import { type Binding, lookup, type Piece, type Scope } from './scope.ts';
import type { Survey } from './survey.ts';

/** Builtins whose arguments are assignments. */
export const DECLARE: ReadonlySet<string> = new Set([
  'export',
  'declare',
  'local',
  'readonly',
  'typeset',
]);

/** Builtins that say their arguments: a command that stands there is not run. */
export const PRINTS: ReadonlySet<string> = new Set(['echo', 'printf']);

/** Binds `name` in `scope`. */
export function assignName(scope: Scope, name: string, binding: Binding): void {
  scope.own.set(name, binding);
}

/** Carries out one `NAME=value`, `NAME+=value`, `NAME=(…)` or `NAME[i]=value`. */
export function assignValue(assignment: Assignment, reading: Reading, scope: Scope): void {
  const { name, append, index } = assignment;
  const before = append === true || index !== undefined ? lookup(scope, name) : undefined;
  const value = index === undefined ? readValue(assignment, reading) : unknown;
  assignName(scope, name, append === true ? join(before, value) : value);
}

/** Carries out `export`, `local` and the like with their arguments. */
export function declare(
  builtin: string,
  args: readonly (ShellWord | Assignment)[],
  reading: Reading,
  scope: Scope,
  survey: Survey,
): void {
  const options = args.filter((a) => a.type === 'Word' && a.value.startsWith('-'));
  const flags = options.map((o) => (o.type === 'Word' ? o.value : '')).join('');
  const exports = builtin === 'export' ? !flags.includes('n') : flags.includes('x');
  for (const arg of args) {
    const name = arg.type === 'Assignment' ? arg.name : arg.value;
    if (!/^[A-Za-z_]\w*$/.test(name)) continue;
    if (arg.type === 'Assignment') assignValue(arg, reading, scope);
    if (builtin === 'local' || builtin === 'declare') scope.locals.add(name);
    if (exports && survey.exportable) {
      const nameSpan = span(arg.pos, arg.pos + name.length);
      scope.exports.set(name, { name, nameSpan, span: span(arg.pos, arg.end) });
    }
  }
}

const unknown: Binding = { kind: 'unknown', why: 'variable' };

function readValue(assignment: Assignment, reading: Reading): Binding {
  const { value } = assignment;
  if (value.type === 'ArrayValue') {
    const words = value.elements.flatMap((element) => expandToWords(element, reading));
    const where = span(value.pos, value.end);
    return { kind: 'array', words: words.map((w) => ({ from: where, ...w })), span: where };
  }
  const { pieces, via, words } = expandWord(value, reading);
  if (words !== undefined) return unknown;
  return { kind: 'text', pieces, span: via ?? span(value.pos, value.end) };
}

const MAX_HELD = 4_000;

/** Text that stands in two places: its pieces keep theirs. */
function at(pieces: readonly Piece[], from: Span): readonly Piece[] {
  return pieces.map((p) => (p.from && p.home ? p : { from, home: p.home ?? p.span, ...p }));
}

function join(before: Binding | undefined, value: Binding): Binding {
  if (before === undefined) return value;
  if (before.kind === 'text' && value.kind === 'text') {
    const pieces = [...at(before.pieces, before.span), ...at(value.pieces, value.span)];
    return pieces.length > MAX_HELD ? unknown : { kind: 'text', pieces, span: value.span };
  }
  if (before.kind === 'array' && value.kind === 'array') {
    const words = [...before.words, ...value.words];
    return words.length > MAX_HELD ? unknown : { kind: 'array', words, span: value.span };
  }
  return unknown;
}
