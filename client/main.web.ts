import * as vscode from 'vscode';
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  LanguageClient,
} from 'vscode-languageclient/browser';
import type { Platform } from './client.ts';

/** Of the browser's own library only this is used. */
interface BrowserWorker {
  postMessage(message: string): void;
  terminate(): void;
}
declare const Worker: new (url: string) => BrowserWorker;

/** The browser: the server runs in a web worker. */
export const platform: Platform = {
  kind: 'web',
  detectGpus: async () => [],
  createClient({ extensionUri }, options) {
    const script = vscode.Uri.joinPath(extensionUri, 'dist/server.core.js').toString(true);
    const tables = vscode.Uri.joinPath(extensionUri, 'dist/tables.txt');
    let worker: BrowserWorker | undefined;
    // A worker of the extension host is no instance of `Worker`, so the client gets its ends.
    const start = async () => {
      worker?.terminate();
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(tables));
      worker = new Worker(script);
      worker.postMessage(text);
      return {
        reader: new BrowserMessageReader(worker),
        writer: new BrowserMessageWriter(worker),
      };
    };
    return new LanguageClient('tunelint', 'TuneLint', start, options);
  },
};
