import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { Platform } from './client.ts';
import { detectGpus } from './detect-gpus.ts';

/**
 * Young objects get 4 MiB in place of 16: a server that estimates at every key stays below 90 MiB, and
 * answers as quickly.
 */
const SMALL = ['--max-semi-space-size=4'];

/** The desktop, and a remote machine: the server is a process of its own. */
export const platform: Platform = {
  kind: 'node',
  detectGpus,
  createClient({ extensionPath }, options) {
    const module = `${extensionPath}/dist/server.js`;
    const server = { module, transport: TransportKind.ipc, options: { execArgv: SMALL } };
    return new LanguageClient('tunelint', 'TuneLint', server, options);
  },
};
