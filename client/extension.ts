import * as vscode from 'vscode';
import type { Platform, Running } from './client.ts';
import { whenConfigOpens } from './gate.ts';
import { registerMemoryPanel } from './memory-panel.ts';
import { registerOptionPages, registerRulePages } from './rule-pages.ts';
import { sayStopped } from './say-stopped.ts';
import { registerStatus } from './status.ts';

/** What `activate` returns; the tests in the editor read it. */
export interface Api {
  readonly platform: Platform['kind'];
  /** Whether the server was started. */
  isRunning(): boolean;
}

/** A server that does not start is a bug of ours; the user can try again. */
function showFailure(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  void sayStopped(vscode.l10n.t('TuneLint did not start: {0}', why), false);
}

/** Applies every fix of the active file that leaves the training as it is; the editor says if there is none. */
async function fixAll(): Promise<void> {
  const wanted = { kind: 'source.fixAll.tunelint', apply: 'first' };
  await vscode.commands.executeCommand('editor.action.sourceAction', wanted);
}

/** Activates in two stages: the gate and the commands now, the client when a config is open. */
export function activateOn(
  context: vscode.ExtensionContext,
  kind: Platform['kind'],
  load: () => Promise<Platform>,
): Api {
  let running: Promise<Running> | undefined;

  async function start(): Promise<Running> {
    const [{ startClient }, platform] = await Promise.all([import('./client.ts'), load()]);
    return startClient(context, platform);
  }
  function ensure(): Promise<Running> {
    running ??= start().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  }
  async function restart(): Promise<void> {
    if (running === undefined) await ensure();
    else await (await running).restart();
  }
  async function showOutput(): Promise<void> {
    (await ensure()).showOutput();
  }

  context.subscriptions.push(
    vscode.commands.registerCommand('tunelint.restart', restart),
    vscode.commands.registerCommand('tunelint.showOutput', showOutput),
    vscode.commands.registerCommand('tunelint.fixAll', fixAll),
    whenConfigOpens(() => ensure().catch(showFailure)),
  );
  registerStatus(context, ensure);
  registerMemoryPanel(context, ensure);
  registerOptionPages(context, async (uri) => (await ensure()).optionsPage(uri));
  registerRulePages(context, async () => (await ensure()).rules());
  return { platform: kind, isRunning: () => running !== undefined };
}
