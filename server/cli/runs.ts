import { type AnalyzedRun, findModel } from '../../src-core/index.ts';
import { collect } from './collect.ts';
import type { Args, Flag } from './flags.ts';
import type { InputFile } from './inputs.ts';
import { type Io, UsageError } from './io.ts';
import { checkInput } from './outcome.ts';
import { SETTING_FLAGS, settingsOf } from './settings.ts';

/** Flags of the commands that look at the runs of one file. */
export const RUN_FLAGS: readonly Flag[] = [
  { name: 'format', value: 'FORMAT', choices: ['pretty', 'json'], help: 'pretty, json' },
  ...SETTING_FLAGS.filter(({ name }) => name !== 'rule'),
  { name: 'stdin-filename', value: 'NAME', help: 'Read standard input as a file of this name' },
];

/** The name of a model is no file: what a run of it needs depends on how it is trained. */
function notAModel(command: string, path: string): string {
  if (findModel(path).record === undefined) return '';
  return `\n${command} reads how it is trained: a file, or "tunelint ${command} -- swift sft --model ${path} ..."`;
}

/** The runs of the one file that the command line names. */
export function runsOf(
  command: string,
  args: Args,
  io: Io,
): { readonly file: InputFile; readonly runs: readonly AnalyzedRun[] } {
  const options = settingsOf(args);
  const { files, problems } = collect(args, [], io);
  for (const { path, message } of problems)
    throw new UsageError(`${path}: ${message}${notAModel(command, path)}`);
  const [file, ...others] = files;
  if (file === undefined)
    throw new UsageError(`${command} takes one file, - for standard input, or -- COMMAND`, command);
  if (others.length > 0) throw new UsageError(`${command} takes one file at a time`, command);
  const { analysis } = checkInput(file, options, io.cwd);
  const runs = analysis.runs.filter((run) => run.trains);
  if (runs.length === 0) throw new UsageError(`${file.path}: no training run was recognised here`);
  return { file, runs };
}
