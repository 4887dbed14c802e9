import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser';
import type { Core } from './core.ts';
import { webHost } from './host.client.ts';
import type { Serve } from './serve.ts';
import { useTables } from './tables.ts';

/** The worker's global scope; the compiler knows no worker library here. */
declare const self: { onmessage: ((event: { readonly data: unknown }) => void) | null };

/** The first message is the text of the tables: a worker does not know where it comes from. */
export function listen(serve: Serve, core: Core): void {
  self.onmessage = ({ data }) => {
    const text = String(data);
    useTables((start, end) => text.slice(start, end));
    const connection = createConnection(
      ProposedFeatures.all,
      new BrowserMessageReader(self),
      new BrowserMessageWriter(self),
    );
    serve(connection, webHost(connection), core);
  };
}
