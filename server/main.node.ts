import { type Connection, createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import * as core from '../src-core/index.ts';
import { throughClient } from './host.client.ts';
import { nodeHost } from './host.node.ts';
import { serve } from './serve.ts';
import { StdioReader, StdioWriter } from './stdio.ts';

/** Over standard input and output; a client that hangs up ends the server. */
function overStdio(): Connection {
  const { stdin, stdout } = process;
  const connection = createConnection(
    ProposedFeatures.all,
    new StdioReader(stdin),
    new StdioWriter(stdout),
  );
  let asked = false;
  connection.onShutdown(() => {
    asked = true;
  });
  stdin.on('end', () => process.exit(asked ? 0 : 1));
  // What a library prints must not run into the messages.
  console.log = console.error;
  return connection;
}

const stdio = process.argv.includes('--stdio');
const connection = stdio ? overStdio() : createConnection(ProposedFeatures.all);
serve(connection, nodeHost(__dirname, throughClient(connection)), core);
