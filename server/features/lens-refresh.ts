import { CodeLensRefreshRequest } from 'vscode-languageserver';
import { logError, type Shell } from '../shell.ts';

/** The lines are asked for again this long after the last change of what they rest on. */
const SETTLE_MS = 100;

/**
 * Makes the client ask for the lines above the runs again, for changes that it cannot tie to the
 * document: of a setting, or of a file that the document names. Several at once are one.
 */
export function lensRefresh({ connection, abilities }: Shell): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = () => {
    connection
      .sendRequest(CodeLensRefreshRequest.type)
      .catch((error) => logError(connection, 'refresh', error));
  };
  connection.onShutdown(() => clearTimeout(timer));
  return () => {
    if (!abilities.refreshCodeLens) return;
    clearTimeout(timer);
    timer = setTimeout(ask, SETTLE_MS);
  };
}
