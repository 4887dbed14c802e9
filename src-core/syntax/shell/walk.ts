import type {
  Assignment,
  CommandNode,
  CompoundCommand,
  CompoundList,
  ParsedScript,
  Redirected,
  Command as ShellCommand,
  Word as ShellWord,
  Statement,
} from 'unbash';
import { type Span, span } from '../../text/span.ts';
import type { Command, Entry, Word, WrittenText } from '../document.ts';
import { assignName, assignValue, DECLARE, declare, PRINTS } from './assign.ts';
import { parseBounded } from './bounded.ts';
import { envEntry, exportedEntries } from './env.ts';
import { expandToWords, type Reading } from './expand.ts';
import { type HeldScript, heldScripts, placed } from './held.ts';
import { isInert } from './inert.ts';
import { jobScope } from './job.ts';
import { bindHeredoc, forgetRead } from './read-into.ts';
import { childScope, grown, lookup, mergeBranches, type Scope } from './scope.ts';
import { assignedNames, lazySurvey, onlyAppended, type Survey } from './survey.ts';
import { writtenText } from './written.ts';

/** Pieces and words that expansions of one file may give. */
const MAX_EXPANDED = 200_000;

/** Reads the simple commands of a script in order, with the variables in force at each. */
export function readCommands(script: ParsedScript, source: string, survey: Survey): Commands {
  const budget = { left: MAX_EXPANDED };
  const walker: Walker = { source, survey, out: [], written: [], budget, depth: 0 };
  readStatements(script.commands, jobScope(source), walker);
  return { commands: walker.out, written: walker.written };
}

interface Commands {
  readonly commands: Command[];
  readonly written: readonly WrittenText[];
}

interface Walker {
  readonly source: string;
  readonly survey: Survey;
  readonly out: Command[];
  readonly written: WrittenText[];
  readonly budget: { left: number };
  /** How many shells within shells run this one. */
  readonly depth: number;
}

type AnyNode = CommandNode | Statement['command'] | CompoundList;

function readStatements(list: readonly Statement[], scope: Scope, walker: Walker): void {
  for (const statement of list) readNode(statement.command, scope, walker);
}

function readNode(node: AnyNode, scope: Scope, walker: Walker): void {
  switch (node.type) {
    case 'Command':
      readSimple(node, scope, walker);
      return;
    case 'CompoundList':
      readStatements(node.commands, scope, walker);
      return;
    case 'Pipeline':
      // Each command of a pipeline of several runs in a subshell of its own.
      for (const part of node.commands) {
        readNode(part, node.commands.length > 1 ? childScope(scope) : scope, walker);
      }
      return;
    case 'AndOr':
      readAndOr(node.commands, scope, walker);
      return;
    case 'Function':
      readFunction(node.body, scope, walker);
      return;
    case 'Coproc':
      readNode(node.body, childScope(scope), walker);
      return;
    case 'Redirected':
      readNode(node.command, scope, walker);
      return;
    default:
      readCompound(node, scope, walker);
  }
}

function readCompound(node: CompoundCommand, scope: Scope, walker: Walker): void {
  switch (node.type) {
    case 'If': {
      readNode(node.clause, scope, walker);
      const bodies = [node.then, ...node.elif.map((e) => e.then)];
      for (const { clause } of node.elif) readNode(clause, childScope(scope), walker);
      if (node.else !== undefined) bodies.push(node.else);
      const given =
        bodies.length === 1
          ? defaulted(span(node.clause.pos, node.clause.end), scope, walker)
          : undefined;
      readBranches(bodies, node.else !== undefined, scope, walker, given);
      return;
    }
    case 'Case': {
      const bodies = node.items.map((item) => item.body);
      const all = node.items.some((item) => item.pattern.some((p) => p.value === '*'));
      readBranches(bodies, all, scope, walker);
      return;
    }
    case 'For':
    case 'Select':
      readLoop([node.body], [node.name.value], scope, walker);
      return;
    case 'ArithmeticFor':
      readLoop([node.body], assignedNames(node), scope, walker);
      return;
    case 'While':
      readLoop([node.clause, node.body], [], scope, walker);
      return;
    case 'Subshell':
      readNode(node.body, childScope(scope), walker);
      return;
    case 'BraceGroup':
      readNode(node.body, scope, walker);
      return;
    default:
  }
}

function readBranches(
  bodies: readonly CompoundList[],
  oneRan: boolean,
  scope: Scope,
  walker: Walker,
  given?: string,
): void {
  const ends = bodies.map((body) => {
    const inner = childScope(scope);
    readNode(body, inner, walker);
    return inner;
  });
  const value = given === undefined ? undefined : ends[0]?.own.get(given);
  mergeBranches(scope, ends, oneRan);
  if (given !== undefined && value !== undefined) assignName(scope, given, value);
}

/**
 * The name that `if [ -z "$X" ]` or `if [ "$X" == "" ]` gives a default: like `${X:-value}`, it is
 * read as if nothing else had set it, when only an argument or the environment could have.
 */
function defaulted(test: Span, scope: Scope, walker: Walker): string | undefined {
  const text = walker.source.slice(test.start, test.end);
  const match = EMPTY_TEST.exec(text);
  const name = match?.[1] ?? match?.[2];
  if (name === undefined) return undefined;
  const bound = lookup(scope, name);
  const argument = bound?.kind === 'text' && bound.pieces.every((p) => /^\$\{?\d/.test(p.text));
  return bound === undefined || argument ? name : undefined;
}

const EMPTY_TEST =
  /^(?:test|\[\[?)\s+(?:-z\s+"?\$\{?(\w+)\}?"?|"?x?\$\{?(\w+)\}?"?\s+==?\s+(?:""|''|"?x"?))\s*(?:\]\]?\s*)?;?$/;

/** What a loop assigns is unknown at its start (it may be the second round) and behind it. */
function readLoop(
  bodies: readonly CompoundList[],
  names: readonly string[],
  scope: Scope,
  walker: Walker,
): void {
  const changed = [...names, ...bodies.flatMap(assignedNames)];
  const appended = onlyAppended(bodies);
  for (const name of changed) {
    const before = appended.has(name) ? lookup(scope, name) : undefined;
    assignName(scope, name, grown(before) ?? { kind: 'unknown', why: 'variable' });
  }
  const inner = childScope(scope);
  for (const body of bodies) readNode(body, inner, walker);
}

/** A body runs when it is called: only names that the whole script assigns once are known in it. */
function readFunction(
  body: CompoundCommand | Redirected | CompoundList,
  scope: Scope,
  walker: Walker,
): void {
  const inner = childScope(scope, walker.survey.reassigned);
  readNode(body, inner, walker);
  for (const name of inner.own.keys()) {
    if (inner.locals.has(name)) continue;
    assignName(scope, name, { kind: 'unknown', why: 'variable' });
  }
}

/** `A && B`: what B assigns holds behind the whole only when A is sure to succeed. */
function readAndOr(nodes: readonly Statement['command'][], scope: Scope, walker: Walker): void {
  let inner = scope;
  const [first] = nodes;
  const test = first && span(first.pos, first.end);
  const given = test && nodes.length === 2 ? defaulted(test, scope, walker) : undefined;
  for (const node of nodes) {
    readNode(node, inner, walker);
    if (inner === scope && !surelySucceeds(node)) inner = childScope(scope);
  }
  const value = given === undefined ? undefined : inner.own.get(given);
  if (inner !== scope) mergeBranches(scope, [inner], false);
  if (given !== undefined && value !== undefined) assignName(scope, given, value);
}

const QUIET = new Set(['cd', 'echo', 'set', 'source', '.', 'mkdir', 'conda', ...DECLARE]);

function surelySucceeds(node: Statement['command']): boolean {
  return node.type === 'Command' && (node.name === undefined || QUIET.has(node.name.value));
}

function readSimple(node: ShellCommand, scope: Scope, walker: Walker): void {
  const { source, budget } = walker;
  if (isInert(node, source)) return;
  const reading: Reading = {
    source,
    scope,
    budget,
    assign: (name, value) => assignName(scope, name, value),
  };
  const assignments = node.prefix.filter((p) => p.type === 'Assignment');
  if (node.name === undefined) {
    for (const a of assignments) assignValue(a, reading, scope);
    return;
  }
  const args = node.suffix.filter((p) => p.type === 'Word' || p.type === 'Assignment');
  if (DECLARE.has(node.name.value)) declare(node.name.value, args, reading, scope, walker.survey);
  const words = [
    ...expandToWords(node.name, reading),
    ...args.flatMap((a) => argument(a, reading)),
  ];
  if (words.length === 0) return;
  // A prefix assignment is not in force for the words of its own command.
  const env: Entry[] = exportedEntries(scope, source);
  for (const a of assignments) env.push(envEntry(a, reading));
  const start = assignments[0]?.pos ?? node.name.pos;
  const last = args.at(-1) ?? node.name;
  const inner = readHeld(node, reading, env, walker);
  if (!inner && !PRINTS.has(node.name.value))
    walker.out.push({ kind: 'command', span: span(start, last.end), env, words });
  const written = writtenText(node, reading);
  if (written !== undefined) walker.written.push(written);
  forgetRead(node.name.value, words, scope);
  bindHeredoc(node, words, reading);
}

const MAX_SHELLS = 3;
const MAX_HELD = 100_000;

/** Reads what the command hands to a shell; `true` when that is all that the command does. */
function readHeld(
  node: ShellCommand,
  reading: Reading,
  env: readonly Entry[],
  walker: Walker,
): boolean {
  if (walker.depth >= MAX_SHELLS) return false;
  let whole = false;
  for (const script of heldScripts(node, reading)) {
    walker.budget.left -= script.text.length >> 4;
    if (script.text.length > MAX_HELD || walker.budget.left <= 0) continue;
    const commands = readScript(script, walker);
    const given = script.apart === true ? [] : env;
    for (const one of commands) walker.out.push({ ...one, env: [...given, ...one.env] });
    whole ||= script.whole && commands.length > 0;
  }
  return whole;
}

function readScript(script: HeldScript, walker: Walker): readonly Command[] {
  const { text } = script;
  const parsed = parseBounded(text);
  const inner: Walker = {
    source: text,
    survey: lazySurvey(parsed, text),
    out: [],
    written: [],
    budget: walker.budget,
    depth: walker.depth + 1,
  };
  readStatements(parsed.commands, jobScope(text), inner);
  return inner.out.map((command) => placed(command, script, walker.source));
}

function argument(arg: ShellWord | Assignment, reading: Reading): readonly Word[] {
  if (arg.type === 'Word') return expandToWords(arg, reading);
  const where = span(arg.pos, arg.end);
  const raw = reading.source.slice(arg.pos, arg.end);
  const piece = { text: raw, span: where, quoted: false };
  const value = { kind: 'scalar', span: where, text: raw, value: raw, quoted: false } as const;
  return [{ span: where, raw, value, pieces: [piece] }];
}
