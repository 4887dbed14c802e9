import * as vscode from 'vscode';
import { CloseAction, ErrorAction, type ErrorHandler } from 'vscode-languageclient';
import { sayStopped } from './say-stopped.ts';

/** A server that ends more often than this within the time below would end again. */
const MOST = 4;
const WITHIN_MS = 3 * 60_000;

/** Starts a server that ended again, in silence, until it has ended too often. */
export class Crashes implements ErrorHandler {
  private times: number[] = [];

  /** The user has restarted it: what was before does not count. */
  forget(): void {
    this.times = [];
  }

  /** Where nothing can be written the connection closes as well, and that is acted on. */
  error() {
    return { action: ErrorAction.Continue, handled: true };
  }

  closed() {
    const now = Date.now();
    this.times = [...this.times.filter((time) => now - time <= WITHIN_MS), now];
    if (this.times.length <= MOST) return { action: CloseAction.Restart, handled: true };
    const said = vscode.l10n.t(
      'The language server of TuneLint ended {0} times within minutes and was not started again.',
      this.times.length,
    );
    void sayStopped(said, true);
    return { action: CloseAction.DoNotRestart, handled: true };
  }
}
