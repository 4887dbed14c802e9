import * as vscode from 'vscode';
import { OPTIONS_SCHEME, RULE_SCHEME, type RuleItem } from '../server/proto/requests.ts';

const PREVIEW = 'markdown.showPreview';

/** Rules' pages as documents of their own, all from one file of the extension. */
class RulePages implements vscode.TextDocumentContentProvider {
  private pages: Promise<Readonly<Record<string, string>>> | undefined;

  constructor(private readonly extension: vscode.Uri) {}

  async provideTextDocumentContent({ path }: vscode.Uri): Promise<string> {
    this.pages ??= this.read();
    return (await this.pages)[path.slice(1)] ?? '';
  }

  private async read(): Promise<Readonly<Record<string, string>>> {
    const file = vscode.Uri.joinPath(this.extension, 'dist/rules.json');
    return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  }
}

async function pickRule(rules: readonly RuleItem[]): Promise<string | undefined> {
  const items = rules.map(({ id, summary }) => ({ label: id, detail: summary }));
  const title = vscode.l10n.t('Explain a rule');
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDetail: true });
  return picked?.label;
}

/** The command that opens a rule's page; asks for the rule when it is not given one. */
export function registerRulePages(
  { extensionUri, subscriptions }: vscode.ExtensionContext,
  rules: () => Promise<readonly RuleItem[]>,
): void {
  async function explain(given?: unknown): Promise<void> {
    const rule = typeof given === 'string' ? given : await pickRule(await rules());
    if (rule === undefined) return;
    const page = vscode.Uri.from({ scheme: RULE_SCHEME, path: `/${rule}.md` });
    const commands = await vscode.commands.getCommands(true);
    if (commands.includes(PREVIEW)) await vscode.commands.executeCommand(PREVIEW, page);
    else await vscode.window.showTextDocument(page); // an editor without its Markdown extension
  }
  subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(RULE_SCHEME, new RulePages(extensionUri)),
    vscode.commands.registerCommand('tunelint.explainRule', explain),
  );
}

/** Pages with the options of a framework, made by the server; "go to definition" of a key opens them. */
export function registerOptionPages(
  { subscriptions }: vscode.ExtensionContext,
  page: (uri: string) => Promise<string | null>,
): void {
  const provider: vscode.TextDocumentContentProvider = {
    provideTextDocumentContent: async (uri) => await page(uri.toString()),
  };
  subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(OPTIONS_SCHEME, provider),
  );
}
