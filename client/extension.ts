import * as vscode from 'vscode';
import type { Platform, Running } from './client.ts';
import { isConfig, isShown, whenConfigOpens } from './gate.ts';
import { registerMemoryPanel } from './memory-panel.ts';
import { registerNewConfig, sayNoConfig } from './new-config.ts';
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

/** Applies every fix of the file in front that leaves the training as it is, or says that there is none. */
async function fixAll(): Promise<void> {
  const { document } = vscode.window.activeTextEditor ?? {};
  if (document === undefined || !isShown(document)) return sayNoConfig();
  const { commands, l10n, window, Range } = vscode;
  const kind = 'source.fixAll.tunelint';
  const whole = new Range(0, 0, document.lineCount, 0);
  const ask = 'vscode.executeCodeActionProvider';
  const found = await commands.executeCommand<unknown[]>(ask, document.uri, whole, kind);
  if (found.length > 0)
    return commands.executeCommand('editor.action.sourceAction', { kind, apply: 'first' });
  // A cell is judged with the others of its notebook, whatever it says itself.
  if (!isConfig(document) && document.uri.scheme !== 'vscode-notebook-cell') return sayNoConfig();
  const said = l10n.t(
    'No fix here leaves the training as it is. Others are quick fixes of underlined values.',
  );
  void window.showInformationMessage(said);
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
  registerNewConfig(context);
  registerMemoryPanel(context, ensure);
  registerOptionPages(context, async (uri) => (await ensure()).optionsPage(uri));
  registerRulePages(context, async () => (await ensure()).rules());
  return { platform: kind, isRunning: () => running !== undefined };
}
