import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import * as core from '../src-core/index.ts';
import { throughClient } from './host.client.ts';
import { nodeHost } from './host.node.ts';
import { serve } from './serve.ts';
import { tablesBeside } from './tables.node.ts';
import { useTables } from './tables.ts';

useTables(tablesBeside(__dirname));

// Over what the arguments name: the pipe between processes of Node (`--node-ipc`), or a socket.
const connection = createConnection(ProposedFeatures.all);
serve(connection, nodeHost(__dirname, throughClient(connection)), core);
