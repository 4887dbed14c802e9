import type { CancellationToken, Connection } from 'vscode-languageserver';
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import type { Abilities } from './abilities.ts';
import type { Core } from './core.ts';
import type { Host } from './host.ts';
import type { Launchers } from './launchers.ts';
import { refusal } from './lifecycle.ts';
import type { Localize } from './localize.ts';
import type { Recall } from './recall.ts';
import type { Session } from './session.ts';

/** What every feature is handed. */
export interface Shell {
  readonly connection: Connection;
  readonly core: Core;
  readonly host: Host;
  readonly session: Session;
  readonly recall: Recall;
  /** Absent where the host has no files, or the user does not trust them. */
  readonly launchers: Launchers | undefined;
  /** Known once the client has said `initialize`; features register after that. */
  readonly abilities: Abilities;
  /** What our own client has beside the protocol. */
  readonly shows: {
    readonly rulePages: boolean;
    readonly optionPages: boolean;
    readonly panel: boolean;
  };
  /** Folders of the workspace, without a slash at the end. */
  readonly folders: readonly string[];
  /** Says a message in the user's language. */
  readonly say: Localize;
  /** What opens a rule's page in this client, if anything does. */
  readonly ruleLink: (rule: string) => string | undefined;
}

/** Reports an exception, which is a bug of ours, in the client's output channel. */
export function logError(connection: Connection, what: string, error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  connection.console.error(`${what}: ${detail}`);
}

/**
 * Wraps a request handler: an exception is logged and answered with `fallback`, and a request that
 * was cancelled meanwhile gets the protocol's answer for that.
 */
export function guarded<P, R>(
  connection: Connection,
  what: string,
  fallback: R,
  handler: (params: P, token: CancellationToken) => Promise<R>,
): (params: P, token: CancellationToken) => Promise<R | ResponseError<never>> {
  return async (params, given?: CancellationToken) => {
    // A request that has no parameters brings the token alone.
    const token = given ?? (params as CancellationToken);
    const refused = refusal(connection);
    if (refused !== undefined) return refused;
    try {
      const result = await handler(params, token);
      return token.isCancellationRequested ? cancelled() : result;
    } catch (error) {
      if (token.isCancellationRequested) return cancelled();
      logError(connection, what, error);
      return fallback;
    }
  };
}

function cancelled(): ResponseError<never> {
  return new ResponseError<never>(LSPErrorCodes.RequestCancelled, 'cancelled');
}
