import { flagEntries } from '../syntax/argv.ts';
import type { Command, Entry, Word } from '../syntax/document.ts';
import { isLauncher, wordText } from './launch.ts';

/** The Python program that a command runs. */
export interface CommandScript {
  /** Its file, or its module behind `-m`. */
  readonly word: Word;
  readonly before: readonly Word[];
  /** What the command gives to it. */
  readonly entries: readonly Entry[];
  readonly positional: readonly Word[];
}

/** What a command runs; `undefined` where that is no Python program. */
export function scriptOf(command: Command): CommandScript | undefined {
  const known = scripts.get(command);
  if (known !== undefined) return known === false ? undefined : known;
  const found = findScript(command);
  scripts.set(command, found ?? false);
  return found;
}

/** Several adapters ask of one command; `false`: it runs none. */
const scripts = new WeakMap<Command, CommandScript | false>();

function findScript({ words }: Command): CommandScript | undefined {
  const at = scriptIndex(words);
  const word = words[at];
  if (word === undefined) return undefined;
  return { word, before: words.slice(0, at), ...flagEntries(words.slice(at + 1), 'gnu') };
}

/** What takes a program as a file or behind `-m`. */
export const STARTER = /^(?:.*\/)?(?:python[\d.]*|torchrun|accelerate(?:-launch)?|deepspeed)$/;
/** Modules that run the file they are given: Python's own, and tools that look on. */
const RUNS_FILE =
  /^(?:pdb|profile|cProfile|trace|runpy|ipdb|pudb|debugpy|coverage|kernprof|line_profiler|memory_profiler|scalene|viztracer|pyinstrument|torch\.utils\.bottleneck|(?:\w+\.)*(?:distributed|launch|xla_dist)(?:\.\w+)*)$/;

/** Whether a module behind `-m` is the program: files behind it are what it is given. */
function isProgram(module: string): boolean {
  return MODULE.test(module) && !isLauncher(module) && !RUNS_FILE.test(module);
}

/** Behind a `--` stands what a program that submits jobs is given to run. */
function scriptIndex(words: readonly Word[]): number {
  let first = -1;
  let given = -1;
  let module = -1;
  let launched = false;
  let started = false;
  const note = (at: number): void => {
    if (first < 0) first = at;
    if (given < 0) given = at;
  };
  for (let i = 0; i < words.length; i++) {
    const text = wordText(words[i]);
    launched ||= isLauncher(text);
    started ||= STARTER.test(text);
    if (text === '--') given = -1;
    else if (text.includes('.py') && /\.py[>}]?$/.test(text)) note(i);
    else if (text === '-m' || (launched && text === '--module')) {
      const next = wordText(words[i + 1]);
      if (started && isProgram(next)) note(i + 1);
      else if (module < 0 && !isLauncher(next)) module = i;
    }
  }
  if (given >= 0) return given;
  if (first >= 0) return first;
  return module < 0 ? -1 : module + 1;
}

const MODULE = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

/** The files that may hold the program, as seen from where the command runs. */
export function filesOf({ word, before }: CommandScript): readonly string[] {
  if (word.value.kind !== 'scalar') return [];
  const { text } = word.value;
  if (text.endsWith('.py')) return [text];
  if (!/^(?:-m|--module)$/.test(wordText(before.at(-1))) || !MODULE.test(text)) return [];
  const path = text.replaceAll('.', '/');
  return [`${path}.py`, `${path}/__main__.py`];
}
