import * as vscode from 'vscode';

/** Says that there is no server, and offers the way back; what an earlier one `printed` is offered, too. */
export async function sayStopped(said: string, printed: boolean): Promise<void> {
  const [again, output] = [vscode.l10n.t('Restart'), vscode.l10n.t('Show Output')];
  const ways = printed ? [again, output] : [again];
  const chosen = await vscode.window.showErrorMessage(said, ...ways);
  if (chosen === again) await vscode.commands.executeCommand('tunelint.restart');
  if (chosen === output) await vscode.commands.executeCommand('tunelint.showOutput');
}
