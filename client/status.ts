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
/** The same without a colour, for themes that have none here and eyes that see none. */
const ICONS = {
  fits: 'circuit-board',
  tight: 'info',
  unlikely: 'warning',
  'does-not-fit': 'error',
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

/** What the card of the setting, `set`, or of a file means for the runs. */
function cardWords(items: readonly SummaryItem[], set: string): string {
  const { t } = vscode.l10n;
  const known = items.some(({ gpu }) => gpu !== undefined);
  if (known || (set !== '' && items.length === 0))
    return t('TuneLint: findings and estimates are for this GPU');
  return set === ''
    ? t('TuneLint: no GPU chosen, so it names the smallest card that fits')
    : t('TuneLint: the setting or the file names no single GPU, so nothing is judged by it');
}

/** Says why a card that was just chosen is not the one of the file in front. */
function sayNamed(path: string, items: readonly SummaryItem[]): void {
  const gpu = items.find(({ named }) => named)?.gpu;
  if (gpu === undefined) return;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const said = vscode.l10n.t(
    'The GPU of {0} is named in a file: {1}. That wins over the setting.',
    name,
    gpu,
  );
  void vscode.window.showInformationMessage(said);
}

/** Where no config is in front, nothing else shows that a card was chosen. */
function sayChosen(gpu: string): void {
  if (gpu === '') return;
  const said = vscode.l10n.t(
    'Training configs are checked against {0} from now on. It stands in the status bar beside them.',
    gpu,
  );
  void vscode.window.showInformationMessage(said);
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
  const cards = `${name}${gpu !== '' && count > 1 ? ` ×${count}` : ''}`;
  const verdict = run?.verdict;
  item.text = `$(${ICONS[verdict ?? 'fits']}) ${cards}`;
  item.tooltip = [cardWords(items, set), ...items.map(({ text }) => text)].join('\n');
  const label = `TuneLint: ${cards}`;
  const { t } = vscode.l10n;
  item.accessibilityInformation = { label: run ? t('{0}, {1}', label, run.text) : label };
  const colour =
    verdict === 'does-not-fit' || verdict === 'unlikely' ? COLOURS[verdict] : undefined;
  item.backgroundColor =
    colour === undefined ? undefined : new vscode.ThemeColor(`statusBarItem.${colour}Background`);
  item.show();
}

/**
 * The status bar item with the GPU, shown beside training configs, its command, and the marks beside
 * the runs of every editor that can be seen. Both are asked for a moment after the last key.
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
  let last: vscode.TextEditor | undefined;

  /** The active editor; while a page such as the panel has the focus, the last one that is still there. */
  function inFront(): vscode.TextEditor | undefined {
    last = vscode.window.activeTextEditor ?? last;
    const { activeTextEditor, visibleTextEditors } = vscode.window;
    return activeTextEditor ?? visibleTextEditors.find((one) => one === last);
  }

  /** The server, whose word that something changed is followed from now on. */
  async function server(): Promise<Running> {
    const running = await ensure();
    if (running !== following) context.subscriptions.push(running.onChange(later));
    following = running;
    return running;
  }

  /** What the runs of an editor need; `undefined`: its text has changed since it was asked. */
  async function itemsOf({ document }: vscode.TextEditor) {
    if (!isConfig(document)) return [];
    const { version } = document;
    const items = await (await server()).summary(document.uri.toString());
    return version === document.version ? items : undefined;
  }

  async function update(): Promise<void> {
    const editor = inFront();
    if (editor === undefined || !isConfig(editor.document)) item.hide();
    const editors = vscode.window.visibleTextEditors;
    const found = await Promise.all(editors.map(itemsOf));
    if (found.includes(undefined) || editor !== inFront()) return later();
    for (const [i, one] of editors.entries()) {
      const items = found[i] ?? [];
      if (one === editor && isConfig(one.document)) show(item, one.document, items);
      marks.show(one, settings(one.document).get('summary', true) ? items : []);
    }
  }
  /** Without an answer nothing is shown: what stood there was said of another text. */
  function showNothing(): void {
    item.hide();
    for (const one of vscode.window.visibleTextEditors) marks.show(one, []);
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  function later(): void {
    clearTimeout(timer);
    timer = setTimeout(() => update().catch(showNothing), 200);
  }
  function edited({ document }: { readonly document: vscode.TextDocument }): void {
    if (!LANGUAGES.includes(document.languageId)) return;
    later(); // the file that the active one names may be another
  }

  context.subscriptions.push(
    item,
    marks,
    vscode.commands.registerCommand('tunelint.selectGpu', async () => {
      const { gpus, summary } = await ensure();
      const { document } = inFront() ?? {};
      const picked = await pickGpu(await gpus(document?.uri), document?.uri);
      if (picked === undefined) return;
      later();
      if (document === undefined || !isConfig(document)) return sayChosen(picked);
      sayNamed(document.uri.path, await summary(document.uri.toString()));
    }),
    vscode.window.onDidChangeActiveTextEditor(later),
    vscode.window.onDidChangeVisibleTextEditors(later),
    vscode.workspace.onDidChangeTextDocument(edited),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tunelint')) later();
    }),
    { dispose: () => clearTimeout(timer) },
  );
  later();
}
