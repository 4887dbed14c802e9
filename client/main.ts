import type * as vscode from 'vscode';
import type { Platform } from './client.ts';
import { type Api, activateOn } from './extension.ts';

/** Each side is loaded only where it runs: the one needs Node's modules, the other web workers. */
async function load(kind: Platform['kind']): Promise<Platform> {
  const side = await (kind === 'node' ? import('./main.node.ts') : import('./main.web.ts'));
  return side.platform;
}

export function activate(context: vscode.ExtensionContext): Api {
  const inNode = typeof process === 'object' && process.versions?.node !== undefined;
  const kind = inNode ? 'node' : 'web';
  return activateOn(context, kind, () => load(kind));
}
