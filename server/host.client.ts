import type { Connection } from 'vscode-languageserver';
import type { Host } from './host.ts';
import { READ_FILE, type ReadFileParams, type ReadFileResult } from './proto/requests.ts';

/** Reads a file by asking the client; a client that does not know the request costs one answer. */
export function readThroughClient(connection: Connection): Host['read'] {
  let supported = true;
  return async (uri, maxBytes) => {
    if (!supported) return undefined;
    const params: ReadFileParams = { uri, maxBytes };
    try {
      const answer = await connection.sendRequest<ReadFileResult>(READ_FILE, params);
      return answer?.text;
    } catch {
      supported = false;
      return undefined;
    }
  };
}

/** The host of a server that runs in a web worker. */
export function webHost(connection: Connection): Host {
  return {
    platform: 'web',
    read: readThroughClient(connection),
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
}
