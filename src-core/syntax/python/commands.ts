import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { magicViews } from '../magics.ts';
import type { ShellPart } from '../shell-part.ts';
import { calleeName } from './callee.ts';
import { childrenOf } from './constants.ts';
import { type Place, shellText, wordAt } from './shell-text.ts';

/** More commands than a program starts. */
const MOST = 30;

const STARTS = /\bsubprocess\b|\bos\.(?:system|popen)\b|^[ \t]*![ \t]*[{$]/m;
/** Functions of `subprocess` and `os`, and those that hand a command on to them. */
const STARTERS =
  /^(?:run|call|check_call|check_output|Popen|popen|system|getoutput|getstatusoutput|create_subprocess_shell|run_(?:cmd|command))$/;
/** `!{cmd}`, `!$cmd`, `!{" ".join(cmd)}`. */
const BANG = /^[ \t]*![ \t]*(?:\{[ \t]*(?:["'] ["']\.join\([ \t]*)?|\$)([A-Za-z_]\w*)/gm;

/** What starts a training, in a string or as the words of a list: most programs have none of it. */
const LAUNCHES =
  /\b(?:llamafactory-cli|torchrun|(?:swift|megatron)["',\s]+(?:sft|rlhf|pt)|(?:accelerate|deepspeed|axolotl|litgpt|xtuner|tune|python3?|sys\.executable)["',\s]+(?:-|launch|train|run|finetune|pretrain|\w[\w/.]*\.py))/;

/** Whether a Python text may start a training by a command. */
export function mayStartCommands(text: string): boolean {
  return STARTS.test(text) && LAUNCHES.test(text);
}

/** The text with its lists of words as lines of words. */
export function unlisted(text: string): string {
  return text.replace(/["'],\s*["']/g, ' ');
}

/** The commands that a Python program, or a notebook, has a shell start: strings, and lists of words. */
export function startedCommands(source: string): readonly ShellPart[] {
  const text = magicViews(source).python;
  const program = surveyed(text);
  const bangs = [...source.matchAll(BANG)].map(([, name = '']) => program.values.get(name));
  const given = program.given.map((node) => commandOf(node, program));
  const named = bangs.map((value) => value && commandOf(value.node, program));
  const found = [...given, ...named].filter((one) => one !== undefined);
  const parts = new Map(found.map((one) => [one.pieces[0]?.start, one]));
  return [...parts.values()].slice(0, MOST).map((one) => partOf(one, text));
}

interface Value {
  readonly name: string;
  readonly node: SyntaxNode;
  /** What is added to it in the same block. */
  readonly added: SyntaxNode[];
  /** It is changed elsewhere, or in a way that is not read. */
  isOpen: boolean;
}

interface Program {
  readonly text: string;
  readonly values: ReadonlyMap<string, Value>;
  /** What functions that start commands are given. */
  readonly given: readonly SyntaxNode[];
}

const ADDS = new Set(['append', 'extend']);

function surveyed(text: string): Program {
  const values = new Map<string, Value>();
  const assigned: Value[] = [];
  const given: SyntaxNode[] = [];
  const named = (node: SyntaxNode | null) =>
    node?.name === 'VariableName' ? values.get(text.slice(node.from, node.to)) : undefined;
  const add = (value: Value | undefined, at: SyntaxNode, node: SyntaxNode | null) => {
    if (value === undefined) return;
    const isBeside = blockOf(value.node) === blockOf(at);
    if (isBeside && node !== null && !value.isOpen) value.added.push(node);
    else value.isOpen = true;
  };
  parser.parse(text).iterate({
    enter({ name, node }) {
      if (name === 'AssignStatement') {
        const [target, op, value, ...more] = childrenOf(node);
        if (target?.name !== 'VariableName' || op?.name !== 'AssignOp' || !value || more.length > 0)
          return;
        const key = text.slice(target.from, target.to);
        const one = { name: key, node: value, added: [], isOpen: false };
        assigned.push(one);
        values.set(key, one);
      } else if (name === 'UpdateStatement') {
        add(named(node.firstChild), node, node.lastChild);
      } else if (name === 'CallExpression') {
        const callee = node.firstChild;
        const method = callee && calleeName(callee, text);
        const first = node.getChild('ArgList')?.firstChild?.nextSibling ?? null;
        if (method === undefined || method === null || callee === null || first === null) return;
        if (STARTERS.test(method)) given.push(first);
        else if (callee.name === 'MemberExpression' && /^(?:append|extend|insert)$/.test(method))
          add(named(callee.firstChild), node, ADDS.has(method) ? first : null);
      }
    },
  });
  // A name that is given several values holds one of them: which is not looked for.
  const counts = new Map<string, number>();
  for (const { name } of assigned) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, count] of counts) if (count > 1) values.delete(name);
  return { text, values, given };
}

/** The body that a statement stands in. */
function blockOf(node: SyntaxNode): number {
  let at: SyntaxNode | null = node;
  while (at !== null && at.name !== 'Body' && at.name !== 'Script') at = at.parent;
  return at?.from ?? -1;
}

/** Places of words and strings, in order, and whether there may be more of them. */
interface Started {
  readonly pieces: readonly Place[];
  readonly isList: boolean;
  readonly isOpen: boolean;
}

function commandOf(node: SyntaxNode, program: Program, depth = 0): Started | undefined {
  const { text, values } = program;
  if (depth > 4) return undefined;
  switch (node.name) {
    case 'String':
    case 'FormatString':
    case 'ContinuedString': {
      const pieces = shellText(node, text);
      return pieces && { pieces, isList: false, isOpen: false };
    }
    case 'ArrayExpression':
      return listed(node, text);
    case 'BinaryExpression': {
      const [left, op] = childrenOf(node);
      const begun =
        left && op && text.slice(op.from, op.to) === '+' && commandOf(left, program, depth + 1);
      return begun ? { ...begun, isOpen: true } : undefined;
    }
    case 'ParenthesizedExpression': {
      const inner = node.firstChild?.nextSibling;
      return inner ? commandOf(inner, program, depth + 1) : undefined;
    }
    case 'CallExpression':
      return joined(node, program, depth);
    case 'VariableName': {
      const value = values.get(text.slice(node.from, node.to));
      const begun = value && commandOf(value.node, program, depth + 1);
      if (!value || !begun || value.node.from > node.from) return undefined;
      return value.added.reduce<Started>((all, one) => grown(all, one, program), {
        ...begun,
        isOpen: begun.isOpen || value.isOpen,
      });
    }
    default:
      return undefined;
  }
}

/** `" ".join(cmd)`, `shlex.join(cmd)`, `shlex.split(cmd)`, `cmd.split()`. */
function joined(node: SyntaxNode, program: Program, depth: number): Started | undefined {
  const callee = node.firstChild;
  const name = callee && calleeName(callee, program.text);
  if (callee?.name !== 'MemberExpression' || (name !== 'join' && name !== 'split'))
    return undefined;
  const first = node.getChild('ArgList')?.firstChild?.nextSibling;
  const given = first && first.name !== ')' ? first : callee.firstChild;
  return given ? commandOf(given, program, depth + 1) : undefined;
}

function grown(all: Started, node: SyntaxNode, program: Program): Started {
  const { text } = program;
  if (!all.isList) {
    const more = shellText(node, text);
    return more ? { ...all, pieces: [...all.pieces, ...more] } : { ...all, isOpen: true };
  }
  if (node.name === 'ArrayExpression') {
    const { pieces, isOpen } = listed(node, text);
    return { ...all, pieces: [...all.pieces, ...pieces], isOpen: all.isOpen || isOpen };
  }
  const isWord = node.parent?.name === 'ArgList' && /String$/.test(node.name);
  return isWord
    ? { ...all, pieces: [...all.pieces, wordAt(node, text)] }
    : { ...all, isOpen: true };
}

function listed(node: SyntaxNode, text: string): Started {
  const items = childrenOf(node).filter(({ name }) => !/^[[\],]$|^Comment$/.test(name));
  const at = items.findIndex(({ name }) => name === '*');
  const words = at < 0 ? items : items.slice(0, at);
  return { pieces: words.map((item) => wordAt(item, text)), isList: true, isOpen: at >= 0 };
}

function partOf({ pieces, isList, isOpen }: Started, text: string): ShellPart {
  let line = '';
  for (const { start, text: piece } of pieces)
    if (start >= line.length) line = line.padEnd(start) + piece;
  const whole = isOpen ? `${line} $@` : line;
  return { text: whole.padEnd(text.length), edits: isList ? 'item' : 'words' };
}
