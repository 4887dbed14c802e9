import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import type { Platform } from './client.ts';
import { type BrowserWorker, connectionTo } from './watched-worker.ts';

declare const Worker: new (url: string) => BrowserWorker;

/** The browser: the server runs in a web worker. */
export const platform: Platform = {
  kind: 'web',
  detectGpus: async () => [],
  createClient({ extensionUri }, options) {
    const script = vscode.Uri.joinPath(extensionUri, 'dist/server.core.js').toString(true);
    const tables = vscode.Uri.joinPath(extensionUri, 'dist/tables.txt');
    let stop = () => {};
    // A worker of the extension host is no instance of `Worker`, so the client gets its ends.
    const start = async () => {
      stop();
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(tables));
      const worker = new Worker(script);
      const { rest, ...ends } = connectionTo(worker);
      stop = () => {
        rest();
        worker.terminate();
      };
      worker.postMessage(text);
      return ends;
    };
    return new LanguageClient('tunelint', 'TuneLint', start, options);
  },
};
