import { UsageError } from './io.ts';
import { didYouMean } from './suggest.ts';

/** One option of a command, as the help prints it. */
export interface Flag {
  readonly name: string;
  /** Name of the value in the help; absent for a switch. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: boolean;
  readonly choices?: readonly string[];
  readonly help: string;
}

/** A parsed command line. */
export interface Args {
  readonly positionals: readonly string[];
  /** Those of them that stand behind `--`. */
  readonly behind: readonly string[];
  has(name: string): boolean;
  /** The last value given. */
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
}

/** Options of every command. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: 'no-color', help: 'Plain text, also on a terminal (so does NO_COLOR)' },
  { name: 'help', help: 'Print this help' },
];

/** Reads `argv` against the table of flags; throws `UsageError` on what the table does not have. */
export function parseFlags(
  argv: readonly string[],
  flags: readonly Flag[],
  command?: string,
): Args {
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const behind: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') behind.push(...rest.splice(0));
    else if (word === '-' || !word.startsWith('-')) positionals.push(word);
    else takeFlag(word, rest, flags, values, command);
  }
  return {
    positionals: [...positionals, ...behind],
    behind,
    has: (name) => values.has(name),
    text: (name) => values.get(name)?.at(-1),
    texts: (name) => values.get(name) ?? [],
  };
}

function takeFlag(
  word: string,
  rest: string[],
  flags: readonly Flag[],
  values: Map<string, string[]>,
  command: string | undefined,
): void {
  const equals = word.indexOf('=');
  const written = equals < 0 ? word : word.slice(0, equals);
  const name = written === '-h' ? 'help' : written.replace(/^--?/, '');
  const flag = written.startsWith('--') || written === '-h' ? find(flags, name) : undefined;
  if (flag === undefined) throw unknownFlag(written, flags, command);
  let value = equals < 0 ? undefined : word.slice(equals + 1);
  if (flag.value === undefined) {
    if (value !== undefined) throw new UsageError(`--${name} takes no value`, command);
    value = '';
  } else {
    value ??= rest.shift();
    if (value === undefined) throw new UsageError(`--${name} needs ${flag.value}`, command);
    if (flag.choices?.includes(value) === false)
      throw new UsageError(
        `--${name} is one of ${flag.choices.join(', ')}, not "${value}"`,
        command,
      );
  }
  values.set(name, flag.many ? [...(values.get(name) ?? []), value] : [value]);
}

function find(flags: readonly Flag[], name: string): Flag | undefined {
  return [...flags, ...COMMON_FLAGS].find((flag) => flag.name === name);
}

function unknownFlag(
  written: string,
  flags: readonly Flag[],
  command: string | undefined,
): UsageError {
  const names = [...flags, ...COMMON_FLAGS].map((flag) => `--${flag.name}`);
  return new UsageError(`unknown option ${written}${didYouMean(written, names)}`, command);
}
