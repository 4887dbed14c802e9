import type { Command } from './command.ts';
import { COMMON_FLAGS, parseFlags } from './flags.ts';
import { commandHelp, overview } from './help.ts';
import { EXIT, type Io, UsageError } from './io.ts';
import { packageInfo } from './package-info.ts';
import { didYouMean } from './suggest.ts';

/** Commands by name; each is loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  check: async () => (await import('./commands/check.ts')).check,
  estimate: async () => (await import('./commands/estimate.ts')).estimate,
  probe: async () => (await import('./commands/probe.ts')).probe,
  explain: async () => (await import('./commands/explain.ts')).explain,
  rules: async () => (await import('./commands/rules.ts')).listRules,
  models: async () => (await import('./commands/models.ts')).models,
  gpus: async () => (await import('./commands/gpus.ts')).gpus,
  lsp: async () => (await import('./commands/lsp.ts')).lsp,
};

/** What asks for the version. */
const VERSION = ['--version', '-V', '-v', 'version'];

/** Runs one command line; gives the exit code. Never rejects. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`tunelint: ${error.message}\n`);
      if (error.command !== undefined) io.err(`"tunelint ${error.command} --help" says more\n`);
    } else io.err(`tunelint: internal error, please report it\n${stackOf(error)}\n`);
    return EXIT.trouble;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv;
  if (VERSION.includes(first ?? '')) {
    io.out(`tunelint ${packageInfo().version}\n`);
    return EXIT.clean;
  }
  const asksHelp = first === undefined || first === '--help' || first === '-h' || first === 'help';
  const name = first === 'help' ? rest[0] : first;
  if (name === undefined || (asksHelp && first !== 'help')) {
    const print = first === undefined ? io.err : io.out;
    print(overview(await Promise.all(Object.values(COMMANDS).map((load) => load()))));
    return first === undefined ? EXIT.trouble : EXIT.clean;
  }
  const command = await find(name);
  const args = parseFlags(rest, command.flags, command.name);
  if (!asksHelp && !args.has('help')) return command.run(args, io);
  io.out(commandHelp(command, COMMON_FLAGS));
  return EXIT.clean;
}

async function find(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return load();
  const names = Object.keys(COMMANDS);
  const what = name.startsWith('-') ? 'option' : 'command';
  if (/[./\\]/.test(name) && what === 'command')
    throw new UsageError(`unknown command ${name}; did you mean "tunelint check ${name}"?`);
  throw new UsageError(
    `unknown ${what} ${name}${didYouMean(name, names)}\ncommands are ${names.join(', ')}`,
  );
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
