import * as vscode from 'vscode';
import type { SummaryItem } from '../server/proto/requests.ts';
import type { Running } from './client.ts';
import { isConfig } from './gate.ts';
import { pickGpu } from './gpu-picker.ts';
import { Marks } from './marks.ts';
import { LANGUAGES } from './selector.ts';

const WORST_FIRST = ['does-not-fit', 'unlikely', 'tight', 'fits'] as const;
const COLOURS = {
  'does-not-fit': 'error',
  unlikely: 'warning',
} as const;

function settings(document: vscode.TextDocument): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('tunelint', document);
}

/** The run that decides the colour: the one that fits least. */
function worst(items: readonly SummaryItem[]): SummaryItem | undefined {
  for (const verdict of WORST_FIRST) {
    const found = items.find((item) => item.verdict === verdict);
    if (found !== undefined) return found;
  }
  return items[0];
}

function tooltip(items: readonly SummaryItem[]): string {
  const { t } = vscode.l10n;
  const chosen = items.some(({ gpu }) => gpu !== undefined);
  const head = chosen
    ? t('TuneLint: findings and estimates are for this GPU')
    : t('TuneLint: no GPU chosen, so it names the smallest card that fits');
  return [head, ...items.map(({ text }) => text)].join('\n');
}

/** The card of the file's run, else that of the settings; its colour says whether the run fits. */
function show(
  item: vscode.StatusBarItem,
  document: vscode.TextDocument,
  items: readonly SummaryItem[],
): void {
  const run = worst(items);
  const set = settings(document).get('gpu', '').trim();
  const gpu = run?.gpu ?? set;
  const count = run?.gpus ?? settings(document).get<number | null>('gpus', null) ?? 1;
  const name = gpu === '' ? vscode.l10n.t('Choose GPU') : gpu;
  item.text = `$(circuit-board) ${name}${gpu !== '' && count > 1 ? ` ×${count}` : ''}`;
  item.tooltip = tooltip(items);
  const verdict = run?.verdict;
  const colour =
    verdict === 'does-not-fit' || verdict === 'unlikely' ? COLOURS[verdict] : undefined;
  item.backgroundColor =
    colour === undefined ? undefined : new vscode.ThemeColor(`statusBarItem.${colour}Background`);
  item.show();
}

/**
 * The status bar item with the GPU, shown beside training configs, its command, and the marks beside
 * the runs. Both are asked for a moment after the last key.
 */
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
  const marks = new Marks();
  let following: Running | undefined;

  /** The server, whose word that something changed is followed from now on. */
  async function server(): Promise<Running> {
    const running = await ensure();
    if (running !== following) context.subscriptions.push(running.onChange(later));
    following = running;
    return running;
  }

  async function update(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || !isConfig(editor.document)) return item.hide();
    const { document } = editor;
    const { version } = document;
    const items = await (await server()).summary(document.uri.toString());
    if (editor !== vscode.window.activeTextEditor || version !== document.version) return later();
    show(item, document, items);
    marks.show(editor, settings(document).get('summary', true) ? items : []);
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  function later(): void {
    clearTimeout(timer);
    timer = setTimeout(() => update().catch(() => item.hide()), 200);
  }
  function edited({ document }: { readonly document: vscode.TextDocument }): void {
    if (!LANGUAGES.includes(document.languageId)) return;
    later(); // the file that the active one names may be another
  }

  context.subscriptions.push(
    item,
    marks,
    vscode.commands.registerCommand('tunelint.selectGpu', async () => {
      await pickGpu(await (await ensure()).gpus());
      later();
    }),
    vscode.window.onDidChangeActiveTextEditor(later),
    vscode.workspace.onDidChangeTextDocument(edited),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tunelint')) later();
    }),
    { dispose: () => clearTimeout(timer) },
  );
  later();
}
