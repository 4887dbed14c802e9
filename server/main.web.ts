import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser';
import * as core from '../src-core/index.ts';
import { webHost } from './host.client.ts';
import { serve } from './serve.ts';

/** The worker's global scope; the compiler knows no worker library here. */
declare const self: unknown;

const connection = createConnection(
  ProposedFeatures.all,
  new BrowserMessageReader(self),
  new BrowserMessageWriter(self),
);
serve(connection, webHost(connection), core);
