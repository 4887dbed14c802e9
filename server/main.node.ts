import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { Core } from './core.ts';
import { throughClient } from './host.client.ts';
import { nodeHost } from './host.node.ts';
import type { Serve } from './serve.ts';
import { useTablesBeside } from './tables.node.ts';

/** Over what the arguments name: the pipe between processes of Node (`--node-ipc`), or a socket. */
export function listen(serve: Serve, core: Core): void {
  useTablesBeside(__dirname);
  const connection = createConnection(ProposedFeatures.all);
  serve(connection, nodeHost(__dirname, throughClient(connection)), core);
}
