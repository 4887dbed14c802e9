import { type Argv, flagEntries, isFlag } from '../../syntax/argv.ts';
import type { Word } from '../../syntax/document.ts';
import type { Recognized } from '../framework.ts';
import { CONFIG_FILE, wordText } from '../launch.ts';
import { findKey } from '../resolve-key.ts';
import { llamaFactoryScope } from './scopes.ts';

/** What stands behind LLaMA-Factory's program. */
export interface Words extends Argv {
  /** The YAML or JSON file: behind it options are `key=value`, without it `--key value`. */
  readonly config?: Word;
  /** The first word is a variable, which may be a file or flags. */
  readonly unsure: boolean;
}

/**
 * Reads the words as `read_args` does. Flags behind a file are read as well, although they are
 * refused there, so that what was meant is judged.
 */
export function readWords(words: readonly Word[]): Words {
  const [first] = words;
  const config = CONFIG_FILE.test(wordText(first)) ? first : undefined;
  const unsure = config === undefined && first?.value.kind === 'opaque';
  const rest = config === undefined ? words : words.slice(1);
  const argv = config === undefined && !unsure ? flagEntries(rest, 'gnu') : readBehindFile(rest);
  return { ...(config && { config }), unsure, ...argv };
}

function readBehindFile(words: readonly Word[]): Argv {
  if (!words.some(isFlag)) return flagEntries(words, 'overrides');
  const over = flagEntries(words.filter(isOverride), 'overrides');
  const flags = flagEntries(
    words.filter((word) => !isOverride(word)),
    'gnu',
  );
  return {
    entries: [...over.entries, ...flags.entries],
    positional: [...over.positional, ...flags.positional],
  };
}

/** Whether a word is `cutoff_len=4096`: the value of a flag may have that form too (`--run_name a=b`). */
export function isOverride(word: Word): boolean {
  const name = /^["']?(\w+)=/.exec(word.raw)?.[1];
  return name !== undefined && findKey(llamaFactoryScope(), name) !== undefined;
}

/** A command of LLaMA-Factory, as far as its problems are told by it. */
export interface Program extends Pick<Words, 'config' | 'unsure'> {
  /** The word that says what it does: `train`, or a script. */
  readonly word: Word;
  /** Whether that is to train. */
  readonly trains: boolean;
}

/** Whether a script is run, and not the command line that starts processes by itself. */
export function isScript({ word }: Program): boolean {
  return /\.py$/.test(wordText(word));
}

const programs = new WeakMap<Recognized, Program>();

/** Notes the program of a run: to read its words again is to look at each value. */
export function keepProgram(recognized: Recognized, program: Program): Recognized {
  programs.set(recognized, program);
  return recognized;
}

/** The program of a run that a command starts. */
export function programOf(recognized: Recognized): Program | undefined {
  return programs.get(recognized);
}
