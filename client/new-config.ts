import * as vscode from 'vscode';

const COMMAND = 'tunelint.newConfig';

/** What there are snippets for: the name of their file, the editor's id of the language, and its name. */
const KINDS = [
  ['yaml', 'yaml', 'YAML'],
  ['shell', 'shellscript', 'Shell'],
  ['python', 'python', 'Python'],
  ['json', 'json', 'JSON'],
] as const;

interface Snippet {
  readonly description: string;
  readonly body: readonly string[];
}

interface Choice extends vscode.QuickPickItem {
  readonly language: string;
  readonly body: readonly string[];
}

/** The snippets of one language, by its name and without that of the framework, with which each title begins. */
async function choicesOf(
  extension: vscode.Uri,
  [name, language, title]: (typeof KINDS)[number],
): Promise<Choice[]> {
  const file = vscode.Uri.joinPath(extension, `client/snippets/${name}.json`);
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const snippets: Record<string, Snippet> = JSON.parse(text);
  return Object.entries(snippets).map(([label, { description, body }]) => ({
    label,
    description: `${title} · ${description.replace(/^[\w-]+, /, '')}`,
    language,
    body,
  }));
}

/** A snippet's text; where it names the file that it stands in, which a draft is not yet, its example. */
const textOf = (body: readonly string[]): string =>
  body.join('\n').replace(/\$\{TM_FILENAME:([^}]+)\}/g, '$1');

/** Asks for a framework, and opens a draft that trains with it. */
async function newConfig(extension: vscode.Uri): Promise<void> {
  const choices = await Promise.all(KINDS.map((kind) => choicesOf(extension, kind)));
  const picked = await vscode.window.showQuickPick(choices.flat(), {
    title: vscode.l10n.t('New training config'),
    placeHolder: vscode.l10n.t('Framework, method or kind of file'),
    matchOnDescription: true,
  });
  if (picked === undefined) return;
  const { language, body } = picked;
  const draft = await vscode.workspace.openTextDocument({ language });
  const editor = await vscode.window.showTextDocument(draft);
  await editor.insertSnippet(new vscode.SnippetString(textOf(body)));
}

/** Says that a command needs a file in front, and offers to begin one. */
export async function sayNoConfig(): Promise<void> {
  const said = vscode.l10n.t('This needs a training command or config: open one, or begin one.');
  const begin = vscode.l10n.t('New training config');
  const chosen = await vscode.window.showInformationMessage(said, begin);
  if (chosen === begin) await vscode.commands.executeCommand(COMMAND);
}

/** The command that begins a training config where there is none. */
export function registerNewConfig({ extensionUri, subscriptions }: vscode.ExtensionContext): void {
  subscriptions.push(vscode.commands.registerCommand(COMMAND, () => newConfig(extensionUri)));
}
