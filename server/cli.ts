// The command line: `tunelint check train.sh`.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { workerData } from 'node:worker_threads';
import { Beside } from './beside.ts';
import { EXIT } from './cli/io.ts';
import { main } from './cli/main.ts';
import { playedStore } from './cli/played.ts';
import { useTablesBeside } from './tables.node.ts';

useTablesBeside(__dirname);

// A machine that tests something once has no next time.
const estimates =
  process.env.CI === undefined
    ? new Beside(path.join(__dirname, 'cli.core.js'), 'estimates')
    : undefined;

/** Runs the command line of this process. */
function run(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // The reader of a pipe (head, less) went away: nobody is left to tell.
    if (code === 'EPIPE') process.exit(process.exitCode ?? EXIT.clean);
    process.stderr.write(`tunelint: the output cannot be written (${code})\n`);
    process.exit(EXIT.trouble);
  });
  process.stderr.on('error', () => process.exit(process.exitCode ?? EXIT.trouble));

  void main(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readStdin: () => readFileSync(0),
    cwd: process.cwd(),
    env: process.env,
    isTerminal: process.stdout.isTTY === true,
    threads: { program: path.join(__dirname, 'cli.js'), most: availableParallelism() },
    ...(estimates && { played: playedStore(estimates) }),
    ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
  }).then((code) => {
    process.exitCode = code;
  });
}

// A thread that a check has started is told so.
if (workerData) void import('./cli/thread.ts').then(({ serve }) => serve(estimates));
else run();
