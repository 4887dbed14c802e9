import type { Command } from './command.ts';
import type { Flag } from './flags.ts';

/** What `tunelint --help` prints. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, operands, summary }): Row => [`${name} ${operands}`, summary]);
  return [
    'Lints fine-tuning commands and configs before they cost GPU time.',
    '',
    'Usage: tunelint <command> [options]',
    '',
    ...table(rows),
    '',
    '"tunelint <command> --help" lists its options; "tunelint --version" prints the version.',
    '',
  ].join('\n');
}

/** What `tunelint check --help` prints. */
export function commandHelp(command: Command, common: readonly Flag[]): string {
  const rows = [...command.flags, ...common].map((flag): Row => [written(flag), flag.help]);
  return [
    `${command.summary}.`,
    '',
    `Usage: tunelint ${[command.name, command.operands, '[options]'].filter(Boolean).join(' ')}`,
    '',
    ...table(rows),
    '',
    ...(command.notes === undefined ? [] : [...command.notes, '']),
  ].join('\n');
}

type Row = readonly [string, string];

function table(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.trimEnd().length));
  return rows.map(([left, right]) => `  ${left.trimEnd().padEnd(width)}  ${right}`);
}

function written({ name, value }: Flag): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}
