import {
  type Connection,
  createConnection,
  createProtocolConnection,
  ProposedFeatures,
  RAL,
} from 'vscode-languageserver';
import type { Core } from './core.ts';
import { throughClient } from './host.client.ts';
import { nodeHost } from './host.node.ts';
import { stdioRuntime, watchDog } from './runtime.stdio.ts';
import type { Serve } from './serve.ts';
import { StdioReader, StdioWriter } from './stdio.ts';
import { useTablesBeside } from './tables.node.ts';

/**
 * A connection over standard input and output. The library's own set-up for Node is left out: it
 * loads sockets, pipes and child processes, and takes a turn of the event loop for each message.
 */
function overStdio(): Connection {
  RAL.install(stdioRuntime);
  const dog = watchDog();
  // A client that hangs up ends the server.
  const hangUp = () => process.exit(dog.shutdownReceived ? 0 : 1);
  const connection = createConnection(
    (logger) => createProtocolConnection(new StdioReader(hangUp), new StdioWriter(), logger),
    dog,
    ProposedFeatures.all,
  );
  // What a library prints must not run into the messages.
  console.log = console.error;
  return connection;
}

/** Over standard input and output. */
export function listen(serve: Serve, core: Core): void {
  useTablesBeside(__dirname);
  const connection = overStdio();
  serve(connection, nodeHost(__dirname, throughClient(connection)), core);
}
