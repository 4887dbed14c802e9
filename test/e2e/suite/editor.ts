import * as vscode from 'vscode';
import { ok, until } from './expect.ts';

/** The URI of a fixture in the open folder. */
export function fixture(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  ok(folder, 'a folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Opens a fixture in an editor. */
export async function show(name: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(fixture(name));
  await vscode.window.showTextDocument(document);
  return document;
}

/** TuneLint's diagnostics of the document, once there are some. */
export function diagnostics(document: vscode.TextDocument): Promise<vscode.Diagnostic[]> {
  return until(`diagnostics of ${document.uri.path}`, () => {
    const found = ours(document);
    return found.length > 0 && found;
  });
}

/** TuneLint's diagnostics of the document as they stand. */
export function ours(document: vscode.TextDocument): vscode.Diagnostic[] {
  return vscode.languages
    .getDiagnostics(document.uri)
    .filter(({ source }) => source === 'tunelint');
}

/** The rule that a diagnostic names. */
export function ruleOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === 'object' ? code.value : code);
}

/** The text of the hover at a position, all providers together. */
export async function hoverAt(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  const contents = hovers.flatMap((hover) => hover.contents);
  return contents.map((part) => (typeof part === 'string' ? part : part.value)).join('\n');
}

/** The code actions of one kind on a range; none where the editor broke the question off for another. */
export async function actionsAt(
  document: vscode.TextDocument,
  range: vscode.Range,
  kind: vscode.CodeActionKind,
): Promise<vscode.CodeAction[]> {
  const command = 'vscode.executeCodeActionProvider';
  try {
    return await vscode.commands.executeCommand(command, document.uri, range, kind.value);
  } catch (error) {
    if (error instanceof Error && error.message === 'Canceled') return [];
    throw error;
  }
}

/** Puts the document back as it is on disk. */
export async function revert(document: vscode.TextDocument): Promise<void> {
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand('workbench.action.files.revert');
  await until('reverted', () => !document.isDirty);
}
