import type * as vscode from 'vscode';
import { detectGpus } from './detect-gpus.ts';
import { type Api, activateOn } from './extension.ts';

export function activate(context: vscode.ExtensionContext): Api {
  return activateOn(context, 'node', async () => {
    const { LanguageClient, TransportKind } = await import('vscode-languageclient/node');
    return {
      kind: 'node',
      detectGpus,
      createClient({ extensionPath }, options) {
        const module = `${extensionPath}/dist/server.js`;
        const server = { module, transport: TransportKind.ipc };
        return new LanguageClient('tunelint', 'TuneLint', server, options);
      },
    };
  });
}
