import type { Connection } from 'vscode-languageserver';
import { ErrorCodes, ResponseError } from 'vscode-languageserver';

const stages = new WeakMap<Connection, 'running' | 'ended'>();

function refused(code: number, why: string): ResponseError<never> {
  return new ResponseError<never>(code, why);
}

/** The answer to a request behind `shutdown`; `undefined` before it. */
export function refusal(connection: Connection): ResponseError<never> | undefined {
  return stages.get(connection) === 'ended'
    ? refused(ErrorCodes.InvalidRequest, 'the server is shut down')
    : undefined;
}

/** Notes that `initialize` has come; the answer to it where it came before. */
export function begin(connection: Connection): ResponseError<never> | undefined {
  if (stages.has(connection)) return refused(ErrorCodes.InvalidRequest, 'initialize comes once');
  stages.set(connection, 'running');
  return undefined;
}

/** Refuses requests before `initialize`, and notes `shutdown`. */
export function followLifecycle(connection: Connection): void {
  connection.onRequest((method) =>
    stages.has(connection)
      ? (refusal(connection) ?? refused(ErrorCodes.MethodNotFound, `${method} is not known`))
      : refused(ErrorCodes.ServerNotInitialized, 'the server waits for initialize'),
  );
  connection.onShutdown(() => void stages.set(connection, 'ended'));
}
