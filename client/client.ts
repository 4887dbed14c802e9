import * as vscode from 'vscode';
import { type BaseLanguageClient, type LanguageClientOptions, State } from 'vscode-languageclient';
import { PANEL, PANEL_APPLY, type PanelAnswer } from '../server/proto/panel.ts';
import {
  CHANGED,
  FILE_EXISTS,
  type FileExistsParams,
  type GpuItem,
  type InitializationOptions,
  LIST_GPUS,
  LIST_RULES,
  type ListGpusParams,
  OPTIONS_PAGE,
  type OptionsPageParams,
  READ_FILE,
  type ReadFileParams,
  type ReadFileResult,
  type RuleItem,
  SUMMARY,
  type SummaryItem,
  type SummaryParams,
} from '../server/proto/requests.ts';
import { Crashes } from './crashes.ts';
import { selector } from './gate.ts';
import type { PanelSource } from './memory-panel.ts';

/** What differs between the desktop and the browser. */
export interface Platform {
  readonly kind: 'node' | 'web';
  /** Names of the machine's cards as its driver prints them. */
  detectGpus(): Promise<readonly string[]>;
  createClient(
    context: vscode.ExtensionContext,
    options: LanguageClientOptions,
  ): BaseLanguageClient;
}

/** The client after its start. */
export interface Running extends PanelSource {
  restart(): Promise<void>;
  showOutput(): void;
  /** The cards to choose from for a document. */
  gpus(document: vscode.Uri | undefined): Promise<readonly GpuItem[]>;
  rules(): Promise<readonly RuleItem[]>;
  /** What each run of a document needs; none when it holds no run. */
  summary(uri: string): Promise<readonly SummaryItem[]>;
  /** The Markdown of a page of options, if the server knows it. */
  optionsPage(uri: string): Promise<string | null>;
}

/** Asked for at each start. */
const initializationOptions = (): InitializationOptions => ({
  readFile: true,
  rulePages: true,
  optionPages: true,
  panel: true,
  trusted: vscode.workspace.isTrusted,
});

async function readFile({ uri, maxBytes }: ReadFileParams): Promise<ReadFileResult> {
  const file = vscode.Uri.parse(uri);
  try {
    const { size } = await vscode.workspace.fs.stat(file);
    if (size > maxBytes) return null;
    const bytes = await vscode.workspace.fs.readFile(file);
    const text = new TextDecoder().decode(bytes);
    return text.includes('\0') ? null : { text };
  } catch {
    return null; // missing or not readable: the analysis goes on without it
  }
}

async function fileExists({ uri }: FileExistsParams): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.parse(uri));
    return true;
  } catch {
    return false;
  }
}

/** Whether the user lets a program of the machine be asked which cards there are. */
function mayDetect(): boolean {
  const wanted = vscode.workspace.getConfiguration('tunelint').get('detectGpu', false);
  return wanted && vscode.workspace.isTrusted;
}

/** Starts the language client. */
export async function startClient(
  context: vscode.ExtensionContext,
  platform: Platform,
): Promise<Running> {
  const crashes = new Crashes();
  const client = platform.createClient(context, {
    errorHandler: crashes,
    documentSelector: selector(),
    diagnosticPullOptions: { onChange: true, onSave: false },
    initializationOptions,
  });
  client.onRequest(READ_FILE, readFile);
  client.onRequest<boolean, never>(FILE_EXISTS, fileExists);
  const changed = new vscode.EventEmitter<void>();
  client.onNotification(CHANGED, () => changed.fire());
  // What was asked of the server before is not answered any more, or can be asked again.
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running || newState === State.Stopped) changed.fire();
  });
  const restart = async () => {
    crashes.forget();
    await client.stop().catch(() => undefined); // one that hangs does not answer, and is ended all the same
    await client.start();
  };
  context.subscriptions.push(client, changed);
  await client.start();
  context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(restart));
  return {
    onChange: changed.event,
    restart,
    showOutput: () => client.outputChannel.show(),
    rules: () => client.sendRequest<readonly RuleItem[]>(LIST_RULES),
    optionsPage(uri) {
      const params: OptionsPageParams = { uri };
      return client.sendRequest<string | null>(OPTIONS_PAGE, params);
    },
    summary(uri) {
      const params: SummaryParams = { uri };
      return client.sendRequest<readonly SummaryItem[]>(SUMMARY, params);
    },
    panel: (params) => client.sendRequest<PanelAnswer>(PANEL, params),
    applyPanel: (params) => client.sendRequest<boolean>(PANEL_APPLY, params),
    async gpus(document) {
      const params: ListGpusParams = {
        detected: mayDetect() ? await platform.detectGpus() : [],
        chosen: vscode.workspace.getConfiguration('tunelint', document).get('gpu', ''),
      };
      return client.sendRequest<readonly GpuItem[]>(LIST_GPUS, params);
    },
  };
}
