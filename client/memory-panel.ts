import * as vscode from 'vscode';
import type { PanelAnswer, PanelParams, WhatIf } from '../server/proto/panel.ts';
import type { SummaryItem } from '../server/proto/requests.ts';
import { isConfig } from './gate.ts';
import { sayNoConfig } from './new-config.ts';
import type { FromPage, ToPage } from './panel/messages.ts';
import { pageHtml } from './panel-html.ts';

/** The server's side of the panel. */
export interface PanelSource {
  panel(params: PanelParams): Promise<PanelAnswer>;
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

/** What a file is called in the panel; its tab does not name it, else looking for the file would find the tab. */
function nameOf(uri: string): string {
  const { path } = vscode.Uri.parse(uri);
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * The run that the caret is in: the last that begins above it, else the first of the document; of a
 * config without one the panel says why there is none.
 */
async function runAt(
  source: PanelSource,
  { document, selection }: vscode.TextEditor,
): Promise<Pick<SummaryItem, 'uri' | 'run'> | undefined> {
  const uri = document.uri.toString();
  const items = await source.summary(uri);
  const above = items.filter(({ line }) => line <= selection.active.line);
  return above.at(-1) ?? items[0] ?? (isConfig(document) ? { uri, run: 0 } : undefined);
}

/** The one panel that is open: the memory of one run over two training steps. */
class MemoryPanel {
  private uri = '';
  private run = 0;
  private changes: WhatIf = {};
  /** Numbers the answers, so that a late one does not overwrite a newer. */
  private asked = 0;
  /** Number of the page's last message. */
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the page has begun to ask. */
  private isReady = false;

  constructor(
    private readonly view: vscode.WebviewPanel,
    private readonly source: () => Promise<PanelSource>,
  ) {
    const subscriptions = [
      view.webview.onDidReceiveMessage((message: FromPage) => this.receive(message)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.edited(document)),
      vscode.workspace.onDidOpenTextDocument((document) => this.edited(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.edited(document)),
      vscode.workspace.onDidRenameFiles((event) => this.renamed(event)),
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

  /** Turns to a run; what was tried on another is dropped. */
  show(uri: string, run: number): void {
    if (uri !== this.uri || run !== this.run) this.changes = {};
    this.run = run;
    this.follow(uri);
    // In the group of the editor it would cover what it tells of.
    const { viewColumn } = vscode.window.activeTextEditor ?? {};
    const covers = viewColumn !== undefined && viewColumn === this.view.viewColumn;
    this.view.reveal(covers ? vscode.ViewColumn.Beside : undefined, true);
  }

  dispose(): void {
    this.view.dispose();
  }

  /** Looks at a file, which may be the one before under another name. */
  private follow(uri: string): void {
    this.uri = uri;
    if (this.isReady) void this.refresh();
  }

  private renamed({ files }: vscode.FileRenameEvent): void {
    const to = files.find(({ oldUri }) => oldUri.toString() === this.uri)?.newUri;
    if (to !== undefined) this.follow(to.toString());
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
    this.isReady = true;
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
    const data = await this.source()
      .then((source) => source.panel({ uri, run, changes }))
      .catch(() => ({ why: vscode.l10n.t('The language server is not running.') }));
    if (number !== this.asked) return;
    const message: ToPage =
      data !== null && 'need' in data
        ? { type: 'data', data, changes, turn, file: nameOf(uri) }
        : { type: 'none', closed: !isOpen(uri), turn, ...data };
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
  let open: MemoryPanel | undefined;

  function opened(): MemoryPanel {
    const view = createView(media);
    const panel = new MemoryPanel(view, source);
    view.onDidDispose(() => {
      if (open === panel) open = undefined;
    });
    view.webview.html = pageHtml(view.webview, media);
    return panel;
  }
  function show(uri: string, run: number): void {
    open ??= opened();
    open.show(uri, run);
  }
  async function command(uri?: unknown, run?: unknown): Promise<void> {
    if (typeof uri === 'string' && typeof run === 'number') return show(uri, run);
    const { activeTextEditor, visibleTextEditors } = vscode.window;
    // While a page has the focus, the panel's own among them, no editor is active.
    const editor = activeTextEditor ?? visibleTextEditors.find((one) => isConfig(one.document));
    const at = editor && (await runAt(await source(), editor));
    if (at === undefined) return sayNoConfig();
    show(at.uri, at.run);
  }
  subscriptions.push(vscode.commands.registerCommand('tunelint.showMemory', command), {
    dispose: () => open?.dispose(),
  });
}
