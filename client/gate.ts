import { evidence } from 'tunelint:evidence';
import * as vscode from 'vscode';
import { documentLanguage, isTrainingLog } from '../server/proto/gate.ts';
import { type Filter, selectorFor } from './selector.ts';

/** The documents that the server is shown in this window. */
export function selector(): Filter[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return selectorFor(folders.map(({ uri }) => uri.scheme));
}

/** A document that is being typed is looked at again after this many ms. */
const SETTLE_MS = 250;

/** Whether the document is one of those that the server is shown. */
export function isShown(document: vscode.TextDocument): boolean {
  return vscode.languages.match(selector(), document) > 0;
}

/** Whether the server has anything to say about the document. */
export function isConfig(document: vscode.TextDocument): boolean {
  if (!isShown(document)) return false;
  const text = document.getText();
  const language = documentLanguage(document.languageId, document.uri.path, text);
  if (language === undefined) return false;
  if (language === 'log') return isTrainingLog(text, document.uri.path);
  return evidence.some((patterns) => patterns.every((pattern) => pattern.test(text)));
}

/**
 * Calls `found` once, when a document that is a training config is open. Until then nothing else of
 * the extension is loaded, so that opening any script or YAML file costs next to nothing.
 */
export function whenConfigOpens(found: () => void): vscode.Disposable {
  const timers = new Map<vscode.TextDocument, ReturnType<typeof setTimeout>>();
  const subscriptions: vscode.Disposable[] = [];
  const stop = () => {
    for (const timer of timers.values()) clearTimeout(timer);
    for (const subscription of subscriptions) subscription.dispose();
  };
  const look = (document: vscode.TextDocument) => {
    timers.delete(document);
    if (!isConfig(document)) return false;
    stop();
    found();
    return true;
  };
  const later = ({ document }: vscode.TextDocumentChangeEvent) => {
    if (!isShown(document)) return;
    clearTimeout(timers.get(document));
    timers.set(document, setTimeout(look, SETTLE_MS, document));
  };
  if (!vscode.workspace.textDocuments.some(look)) {
    subscriptions.push(
      vscode.workspace.onDidOpenTextDocument(look),
      vscode.workspace.onDidChangeTextDocument(later),
    );
  }
  return { dispose: stop };
}
