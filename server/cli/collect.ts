import { isTrainingFile } from '../../src-core/index.ts';
import { decode } from './encoding.ts';
import { gatherInputs, type InputFile, type InputProblem, languageIn } from './inputs.ts';
import { type Io, UsageError } from './io.ts';

/** The files of a command line: those to check, and what went wrong on the way to them. */
export interface Collected {
  readonly files: readonly InputFile[];
  readonly problems: readonly InputProblem[];
}

/** Reads the named paths; `-`, or a name for stdin, reads stdin. */
export function collect(
  paths: readonly string[],
  stdinName: string | undefined,
  io: Io,
): Collected {
  if (stdinName !== undefined && paths.some((name) => name !== '-'))
    throw new UsageError('--stdin-filename names standard input: no paths beside it');
  const onDisk = paths.filter((name) => name !== '-');
  const { files, problems } = gatherInputs(onDisk, io.cwd, isTrainingFile);
  if (stdinName === undefined && onDisk.length === paths.length) return { files, problems };
  return { files: [fromStdin(stdinName ?? '-', io), ...files], problems };
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
