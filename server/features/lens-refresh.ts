import { CodeLensRefreshRequest } from 'vscode-languageserver';
import { refusal } from '../lifecycle.ts';
import { CHANGED } from '../proto/requests.ts';
import { logError, type Shell } from '../shell.ts';

/** The lines, and our own client's marks and panel, are asked for again this long after a change. */
const SETTLE_MS = 100;

/**
 * Makes the client ask for the lines above the runs again, for changes that it cannot tie to the
 * document: of a setting, or of a file that the document names. Several at once are one.
 */
export function lensRefresh({ connection, abilities, shows }: Shell): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const log = (error: unknown) => logError(connection, 'refresh', error);
  const ask = () => {
    if (refusal(connection) !== undefined) return;
    if (abilities.refreshCodeLens) connection.sendRequest(CodeLensRefreshRequest.type).catch(log);
    if (shows.panel) connection.sendNotification(CHANGED).catch(log);
  };
  return () => {
    if (!abilities.refreshCodeLens && !shows.panel) return;
    clearTimeout(timer);
    timer = setTimeout(ask, SETTLE_MS);
  };
}
