import * as vscode from 'vscode';
import type { Running } from './client.ts';
import { isConfig, LANGUAGES } from './gate.ts';
import { pickGpu } from './gpu-picker.ts';

function settings(document: vscode.TextDocument): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('tunelint', document);
}

function show(item: vscode.StatusBarItem, document: vscode.TextDocument): void {
  const gpu = settings(document).get('gpu', '').trim();
  const count = settings(document).get<number | null>('gpus', null) ?? 1;
  const name = gpu === '' ? vscode.l10n.t('Choose GPU') : gpu;
  item.text = `$(circuit-board) ${name}${gpu !== '' && count > 1 ? ` ×${count}` : ''}`;
  item.tooltip =
    gpu === ''
      ? vscode.l10n.t('TuneLint: no GPU chosen, so it names the smallest card that fits')
      : vscode.l10n.t('TuneLint: findings and estimates are for this GPU');
  item.show();
}

/** The status bar item with the GPU, shown beside training configs, and its command. */
export function registerStatus(
  context: vscode.ExtensionContext,
  ensure: () => Promise<Running>,
): void {
  const item = vscode.window.createStatusBarItem(
    'tunelint.gpu',
    vscode.StatusBarAlignment.Right,
    90,
  );
  item.name = 'TuneLint GPU';
  item.command = 'tunelint.selectGpu';

  function update(): void {
    const document = vscode.window.activeTextEditor?.document;
    if (document !== undefined && isConfig(document)) show(item, document);
    else item.hide();
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  function later({ document }: { readonly document: vscode.TextDocument }): void {
    if (!LANGUAGES.includes(document.languageId)) return;
    if (document !== vscode.window.activeTextEditor?.document) return;
    clearTimeout(timer);
    timer = setTimeout(update, 300);
  }

  context.subscriptions.push(
    item,
    vscode.commands.registerCommand('tunelint.selectGpu', async () => {
      await pickGpu(await (await ensure()).gpus());
      update();
    }),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidChangeTextDocument(later),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tunelint')) update();
    }),
    { dispose: () => clearTimeout(timer) },
  );
  update();
}
