import * as vscode from 'vscode';
import type { PanelData, PanelParams, WhatIf } from '../server/proto/panel.ts';
import type { SummaryItem } from '../server/proto/requests.ts';
import type { FromPage, ToPage } from './panel/messages.ts';
import { pageHtml } from './panel-html.ts';

/** The server's side of the panel. */
export interface PanelSource {
  panel(params: PanelParams): Promise<PanelData | null>;
  applyPanel(params: PanelParams): Promise<boolean>;
  summary(uri: string): Promise<readonly SummaryItem[]>;
  /** Something that runs rest on changed: a setting, or a file that they name, on the disk too. */
  readonly onChange: vscode.Event<void>;
}

/** The document is read again this long after the last key. */
const SETTLE_MS = 150;

/** The changes stay in the panel, where they can be written again. */
function sayUnwritten(): void {
  const { t } = vscode.l10n;
  const said = t('The changes were not written: the file was closed, or changed meanwhile.');
  void vscode.window.showWarningMessage(said);
}

const isOpen = (uri: string): boolean =>
  vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri);

/** The run that the caret is in: the last that begins above it, else the first of the document. */
async function runAt(source: PanelSource, editor: vscode.TextEditor): Promise<number> {
  const items = await source.summary(editor.document.uri.toString());
  const above = items.filter(({ line }) => line <= editor.selection.active.line);
  return (above.at(-1) ?? items[0])?.run ?? 0;
}

/** The one panel that is open: the memory of one run over two training steps. */
class MemoryPanel {
  private changes: WhatIf = {};
  /** Numbers the answers, so that a late one does not overwrite a newer. */
  private asked = 0;
  /** Number of the page's last message. */
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly view: vscode.WebviewPanel,
    private readonly source: () => Promise<PanelSource>,
    readonly uri: string,
    readonly run: number,
  ) {
    const subscriptions = [
      view.webview.onDidReceiveMessage((message: FromPage) => this.receive(message)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.edited(document)),
      vscode.workspace.onDidOpenTextDocument((document) => this.edited(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.edited(document)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('tunelint')) this.later();
      }),
    ];
    // Where the server does not start, the client has said so.
    const following = source().then(
      ({ onChange }) => onChange(() => this.later()),
      () => undefined,
    );
    view.onDidDispose(() => {
      clearTimeout(this.timer);
      for (const subscription of subscriptions) subscription.dispose();
      void following.then((one) => one?.dispose());
    });
  }

  private edited(document: vscode.TextDocument): void {
    if (document.uri.scheme !== 'output') this.later();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), SETTLE_MS);
  }

  private async receive(message: FromPage): Promise<void> {
    this.turn = message.turn;
    if (message.type !== 'ready') this.changes = message.changes;
    if (message.type === 'apply') await this.apply();
    await this.refresh();
  }

  private async apply(): Promise<void> {
    const { uri, run, changes, turn } = this;
    if (!(await (await this.source()).applyPanel({ uri, run, changes }))) return sayUnwritten();
    if (turn !== this.turn) return; // something else is tried by now
    // What is written now need not be tried any more; the card is in no file.
    this.changes = changes.gpu === undefined ? {} : { gpu: changes.gpu };
  }

  private async refresh(): Promise<void> {
    const number = ++this.asked;
    const { uri, run, changes, turn } = this;
    const data = await (await this.source()).panel({ uri, run, changes });
    if (number !== this.asked) return;
    const message: ToPage =
      data === null
        ? { type: 'none', closed: !isOpen(uri), turn }
        : { type: 'data', data, changes, turn };
    await this.view.webview.postMessage(message);
  }
}

function createView(media: vscode.Uri): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(
    'tunelint.memory',
    vscode.l10n.t('Memory of the run'),
    { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
    { enableScripts: true, localResourceRoots: [media], retainContextWhenHidden: true },
  );
}

/** The command that opens the panel beside the editor; without arguments for the run at the caret. */
export function registerMemoryPanel(
  { extensionUri, subscriptions }: vscode.ExtensionContext,
  source: () => Promise<PanelSource>,
): void {
  const media = vscode.Uri.joinPath(extensionUri, 'dist');
  let open: vscode.WebviewPanel | undefined;

  function show(uri: string, run: number): void {
    open?.dispose();
    const view = createView(media);
    open = view;
    view.onDidDispose(() => {
      if (open === view) open = undefined;
    });
    new MemoryPanel(view, source, uri, run);
    view.webview.html = pageHtml(view.webview, media);
  }
  async function command(uri?: unknown, run?: unknown): Promise<void> {
    if (typeof uri === 'string' && typeof run === 'number') return show(uri, run);
    const editor = vscode.window.activeTextEditor;
    if (editor !== undefined)
      show(editor.document.uri.toString(), await runAt(await source(), editor));
  }
  subscriptions.push(vscode.commands.registerCommand('tunelint.showMemory', command), {
    dispose: () => open?.dispose(),
  });
}
