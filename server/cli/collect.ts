import { isTrainingFile } from '../../src-core/index.ts';
import { decode } from './encoding.ts';
import type { Args } from './flags.ts';
import { gatherInputs, type InputFile, type InputProblem, languageIn } from './inputs.ts';
import { type Io, UsageError } from './io.ts';
import { typedCommand } from './typed-command.ts';

/** The files of a command line: those to check, and what went wrong on the way to them. */
export interface Collected {
  readonly files: readonly InputFile[];
  readonly problems: readonly InputProblem[];
  /** Whether there is a text that lies in no file: standard input, or a command. */
  readonly unsaved: boolean;
}

/**
 * Reads what the command line names: paths, or `fallback` without any; standard input for `-`, or where it is
 * given a name; or the command behind `--`. Tells of each file as it is found.
 */
export function collect(
  args: Args,
  fallback: readonly string[],
  io: Io,
  tell?: (file: InputFile) => void,
): Collected {
  const stdinName = args.text('stdin-filename');
  const command = typedCommand(args, io);
  if (command !== undefined) {
    if (stdinName !== undefined || args.positionals.length > args.behind.length)
      throw new UsageError('behind -- stands a command: no paths beside it');
    return { files: [command], problems: [], unsaved: true };
  }
  const none = stdinName === undefined ? fallback : ['-'];
  const paths = args.positionals.length === 0 ? none : args.positionals;
  if (stdinName !== undefined && paths.some((name) => name !== '-'))
    throw new UsageError('--stdin-filename names standard input: no paths beside it');
  const onDisk = paths.filter((name) => name !== '-');
  const { files, problems } = gatherInputs(onDisk, io.cwd, isTrainingFile, tell);
  if (onDisk.length === paths.length) return { files, problems, unsaved: false };
  return { files: [fromStdin(stdinName ?? '-', io), ...files], problems, unsaved: true };
}

function fromStdin(name: string, io: Io): InputFile {
  const decoded = decode(io.readStdin());
  if (decoded === undefined) throw new UsageError('standard input is not text');
  const language = languageIn(name === '-' ? '-.log' : name, decoded.text, isTrainingFile);
  if (language === undefined)
    throw new UsageError(
      name === '-'
        ? 'the language of standard input is not known: add --stdin-filename train.sh'
        : `${name}: not the name of a shell, YAML, JSON or Python file, and no training log`,
    );
  return { ...decoded, path: name, language, named: true };
}
