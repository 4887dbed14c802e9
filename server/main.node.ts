import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import * as core from '../src-core/index.ts';
import { readThroughClient } from './host.client.ts';
import { nodeHost } from './host.node.ts';
import { serve } from './serve.ts';

const connection = createConnection(ProposedFeatures.all);
serve(connection, nodeHost(readThroughClient(connection)), core);
