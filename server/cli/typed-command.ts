import { existsSync } from 'node:fs';
import path from 'node:path';
import { mayBeRead } from '../../src-core/frameworks/environment.ts';
import { COMMAND_PATH } from '../report/report.ts';
import type { Args } from './flags.ts';
import type { InputFile } from './inputs.ts';
import type { Io } from './io.ts';

const WIDEST = 100;
const ASSIGNMENT = /^([A-Za-z_]\w*=)(.*)$/s;

/**
 * The command behind `--` as a script would hold it: `tunelint check -- swift sft --model ...`. What is set in the
 * environment counts as it would for the command itself. `undefined` where the words are paths that exist, as
 * `xargs` puts them there.
 */
export function typedCommand({ behind }: Args, { cwd, env }: Io): InputFile | undefined {
  if (behind.every((word) => word === '-' || existsSync(path.resolve(cwd, word)))) return undefined;
  const text = scriptOf([...exported(env, behind), ...behind]);
  return { path: COMMAND_PATH, text, language: 'shell', encoding: 'utf8', bom: 0, named: true };
}

/** Variables of the environment that a training may read, but for those that the command sets itself. */
function exported(env: Io['env'], words: readonly string[]): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const isKept = mayBeRead(name) && !words.some((word) => word.startsWith(`${name}=`));
    return isKept && value !== undefined ? [`${name}=${value}`] : [];
  });
}

/** The words as bash would be given them: in one line, or with each long option in a line of its own. */
function scriptOf(words: readonly string[]): string {
  const said = words.map(quoted);
  const line = said.join(' ');
  if (line.length <= WIDEST) return `${line}\n`;
  return `${said.map((word) => (word.startsWith('--') ? `\\\n  ${word}` : word)).join(' ')}\n`;
}

function quoted(word: string): string {
  const [, name = '', value = word] = ASSIGNMENT.exec(word) ?? [];
  if (/^[\w@%+=:,./-]+$/.test(value)) return word;
  return `${name}'${value.replaceAll("'", "'\\''")}'`;
}
