import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { Platform } from './client.ts';
import { detectGpus } from './detect-gpus.ts';

/** The desktop, and a remote machine: the server is a process of its own. */
export const platform: Platform = {
  kind: 'node',
  detectGpus,
  createClient({ extensionPath }, options) {
    const module = `${extensionPath}/dist/server.js`;
    const server = { module, transport: TransportKind.ipc };
    return new LanguageClient('tunelint', 'TuneLint', server, options);
  },
};
