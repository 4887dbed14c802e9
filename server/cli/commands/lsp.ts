import { createRequire } from 'node:module';
import path from 'node:path';
import type { Command } from '../command.ts';
import { EXIT } from '../io.ts';

/** `tunelint lsp --stdio`: the language server, for any editor. */
export const lsp: Command = {
  name: 'lsp',
  operands: '--stdio',
  summary: 'Run the language server',
  flags: [
    { name: 'stdio', help: 'Speak over standard input and output' },
    { name: 'node-ipc', help: "Speak over the parent's channel" },
    { name: 'socket', value: 'PORT', help: 'Speak over a socket' },
    { name: 'clientProcessId', value: 'PID', help: 'Stop when this process is gone' },
  ],
  run(args) {
    if (!args.has('stdio') && !args.has('node-ipc') && !args.has('socket'))
      process.argv.push('--stdio');
    // The server is a bundle of its own: the other commands start without it.
    const server = path.join(__dirname, 'server.js');
    createRequire(server)(server);
    return EXIT.clean;
  },
};
