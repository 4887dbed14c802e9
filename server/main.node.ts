import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { core } from './core-interim.ts';
import { readThroughClient } from './host.client.ts';
import { nodeHost } from './host.node.ts';
import { serve } from './serve.ts';

const connection = createConnection(ProposedFeatures.all);
serve(connection, nodeHost(readThroughClient(connection)), core);
