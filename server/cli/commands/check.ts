import { rules } from '../../../src-core/index.ts';
import type { Severity } from '../../../src-core/run/problem.ts';
import { githubReport } from '../../report/github.ts';
import { jsonReport } from '../../report/json.ts';
import { prettyReport } from '../../report/pretty.ts';
import { COMMAND_PATH, type Report, reaches, SEVERITIES } from '../../report/report.ts';
import { sarifReport } from '../../report/sarif.ts';
import { checkAll } from '../check-all.ts';
import type { CheckOptions } from '../check-file.ts';
import { type Collected, collect } from '../collect.ts';
import type { Command } from '../command.ts';
import { encode } from '../encoding.ts';
import { fixFiles } from '../fix-files.ts';
import type { Args } from '../flags.ts';
import { EXIT, type Io, UsageError } from '../io.ts';
import { styleFor } from '../look.ts';
import type { Estimated } from '../outcome.ts';
import { packageInfo, rulePage, rulePageUri } from '../package-info.ts';
import { playedStore, rememberPlayed } from '../played.ts';
import { SETTING_FLAGS, settingsOf } from '../settings.ts';
import { Helpers } from '../threads.ts';

const FORMATS = ['pretty', 'json', 'sarif', 'github'];

/** `tunelint check`: the linter. */
export const check: Command = {
  name: 'check',
  operands: '[PATHS | - | -- COMMAND]',
  summary: 'Report what will go wrong in training commands and configs',
  flags: [
    { name: 'format', value: 'FORMAT', choices: FORMATS, help: FORMATS.join(', ') },
    ...SETTING_FLAGS,
    { name: 'stdin-filename', value: 'NAME', help: 'Read standard input as a file of this name' },
    { name: 'fix', help: 'Apply the fixes that leave the training the same' },
    { name: 'fix-unsafe', help: 'Apply also the fixes that change the training' },
    {
      name: 'fail-on',
      value: 'LEVEL',
      choices: SEVERITIES,
      help: 'Mildest severity that gives exit code 1 (default: error)',
    },
    { name: 'exit-zero', help: 'Exit with 0 whatever is found' },
    { name: 'quiet', help: 'Report only what --fail-on counts' },
  ],
  notes: [
    'PATHS are files and folders; without any, the current folder.',
    '-- COMMAND is a command as you would start it: tunelint check -- swift sft --model ...',
    'A fix of standard input or of a command goes to stdout, the report to stderr.',
    'Exit codes: 0 clean, 1 findings, 2 wrong usage or an unreadable path.',
  ],
  run: runCheck,
};

async function runCheck(args: Args, io: Io): Promise<number> {
  const helpers = new Helpers(io.threads);
  try {
    return await checkWith(helpers, args, io);
  } finally {
    helpers.end();
  }
}

async function checkWith(helpers: Helpers, args: Args, io: Io): Promise<number> {
  rememberPlayed(io.played ?? playedStore());
  const options = settingsOf(args);
  const collected = collect(args, ['.'], io, (file) => helpers.expect(file));
  const fixed = await maybeFix(args, collected, options, io, helpers);
  const threshold = SEVERITIES.find((level) => level === args.text('fail-on')) ?? 'error';
  const estimated = estimatedIn(args.text('format'), fixed.files.length);
  const all = await checkAll(fixed.files, { options, cwd: io.cwd, estimated }, helpers);
  for (const file of all.files)
    if (file.path === COMMAND_PATH && file.framework === null && file.findings.length === 0)
      throw new UsageError(`no training command, and no path that exists: ${file.text.trim()}`);
  const allowed = allowedIn(args);
  const told = allowed === undefined ? all : { ...all, fixed: allowed };
  const report = quieted(told, args.has('quiet'), threshold);
  for (const { path, message } of fixed.problems) io.err(`tunelint: ${path}: ${message}\n`);
  for (const crash of report.crashes) io.err(`tunelint: internal error: ${crash}\n`);
  // The fixed text has gone to stdout.
  const print = allowed !== undefined && fixed.unsaved ? io.err : io.out;
  if (fixed.files.length > 0 || args.text('format') !== undefined)
    print(rendered(report, args, io));
  return exitCode(report, fixed, args, threshold);
}

/** JSON has the memory of every run; a long list for people only where a rule has estimated it. */
function estimatedIn(format: string | undefined, files: number): Estimated {
  if (format === 'sarif' || format === 'github') return 'none';
  return format === 'json' || files === 1 ? 'all' : 'with card';
}

function allowedIn(args: Args): 'safe' | 'unsafe' | undefined {
  if (args.has('fix-unsafe')) return 'unsafe';
  return args.has('fix') ? 'safe' : undefined;
}

async function maybeFix(
  args: Args,
  collected: Collected,
  options: CheckOptions,
  io: Io,
  helpers: Helpers,
): Promise<Collected> {
  const allowed = allowedIn(args);
  if (allowed === undefined) return collected;
  const { files, problems, unsaved } = collected;
  if (unsaved && files.length > 1)
    throw new UsageError('--fix takes standard input or paths, not both');
  const { cwd } = io;
  const fixed = await fixFiles(files, { ...options, allowed, cwd, write: !unsaved }, helpers);
  const only = fixed.files[0];
  if (unsaved && only !== undefined) io.out(encode(only.text, only));
  if (fixed.applied > 0 && !unsaved)
    io.err(`tunelint: ${fixed.applied} fixed in ${namesOrCount(fixed.written)}\n`);
  return {
    files: fixed.files,
    problems: [...problems, ...fixed.problems],
    unsaved,
  };
}

const MOST_NAMES = 5;

function namesOrCount(paths: readonly string[]): string {
  return paths.length > MOST_NAMES ? `${paths.length} files` : paths.join(', ');
}

function quieted(report: Report, quiet: boolean, threshold: Severity): Report {
  if (!quiet) return report;
  const files = report.files.map((file) => ({
    ...file,
    findings: file.findings.filter(({ severity }) => reaches(severity, threshold)),
  }));
  return { ...report, files };
}

function rendered(report: Report, args: Args, io: Io): string {
  switch (args.text('format')) {
    case 'json':
      return jsonReport(report);
    case 'github':
      return githubReport(report);
    case 'sarif':
      return sarifReport(report, {
        version: packageInfo().version,
        rules,
        page: rulePage,
        pageUri: rulePageUri,
      });
    default:
      return prettyReport(report, styleFor(args, io), args.has('quiet'));
  }
}

function exitCode(report: Report, { files, problems }: Collected, args: Args, threshold: Severity) {
  if (problems.some(({ fatal }) => fatal) || report.crashes.length > 0) return EXIT.trouble;
  if (files.length === 0 && problems.some(({ message }) => message.startsWith('skipped')))
    return EXIT.trouble;
  const failing = report.files.some((file) =>
    file.findings.some(({ severity }) => reaches(severity, threshold)),
  );
  return failing && !args.has('exit-zero') ? EXIT.findings : EXIT.clean;
}
