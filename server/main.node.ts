import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import * as core from '../src-core/index.ts';
import { throughClient } from './host.client.ts';
import { nodeHost } from './host.node.ts';
import { serve } from './serve.ts';
import { useTablesBeside } from './tables.node.ts';

useTablesBeside(__dirname);

// Over what the arguments name: the pipe between processes of Node (`--node-ipc`), or a socket.
const connection = createConnection(ProposedFeatures.all);
serve(connection, nodeHost(__dirname, throughClient(connection)), core);
