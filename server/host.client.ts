import type { Connection } from 'vscode-languageserver';
import type { Host } from './host.ts';
import {
  FILE_EXISTS,
  type FileExistsParams,
  READ_FILE,
  type ReadFileParams,
  type ReadFileResult,
} from './proto/requests.ts';

/** A file that takes longer is not there: nothing would be said of a config beside it. */
const PATIENCE_MS = 10_000;

function within<R>(answer: Promise<R>, ms: number): Promise<R | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, undefined);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Asks the client about files; a client that does not know a request costs one answer. */
export function throughClient(
  connection: Pick<Connection, 'sendRequest'>,
  patience = PATIENCE_MS,
): Pick<Host, 'read' | 'exists'> {
  const unsupported = new Set<string>();
  async function ask<R>(request: string, params: unknown): Promise<R | undefined> {
    if (unsupported.has(request)) return undefined;
    try {
      return await within(connection.sendRequest<R>(request, params), patience);
    } catch {
      unsupported.add(request);
      return undefined;
    }
  }
  return {
    async read(uri, maxBytes) {
      const params: ReadFileParams = { uri, maxBytes };
      return (await ask<ReadFileResult>(READ_FILE, params))?.text;
    },
    async exists(uri) {
      const params: FileExistsParams = { uri };
      return (await ask<boolean>(FILE_EXISTS, params)) === true;
    },
  };
}

/** The host of a server that runs in a web worker. */
export function webHost(connection: Connection): Host {
  return {
    platform: 'web',
    ...throughClient(connection),
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
}
