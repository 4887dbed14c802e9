// The command line: `tunelint check train.sh`.
import { readFileSync } from 'node:fs';
import { main } from './cli/main.ts';
import { useTablesBeside } from './tables.node.ts';

useTablesBeside(__dirname);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe (head, less) went away: nobody is left to tell.
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});

void main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  readStdin: () => readFileSync(0),
  cwd: process.cwd(),
  env: process.env,
  isTerminal: process.stdout.isTTY === true,
  ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
}).then((code) => {
  process.exitCode = code;
});
