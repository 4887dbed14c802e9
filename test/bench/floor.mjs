// The least a language server can do on the same library: one regular expression, no parser. What
// our server takes beyond this is our own.
import {
  createConnection,
  ProposedFeatures,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);

connection.onInitialize(() => ({
  capabilities: {
    textDocumentSync: TextDocumentSyncKind.Incremental,
    hoverProvider: true,
    diagnosticProvider: { interFileDependencies: false, workspaceDiagnostics: false },
  },
}));

connection.languages.diagnostics.on(({ textDocument }) => {
  const document = documents.get(textDocument.uri);
  const items = [];
  for (const { index, 0: word } of document?.getText().matchAll(/float16/g) ?? []) {
    const range = {
      start: document.positionAt(index),
      end: document.positionAt(index + word.length),
    };
    items.push({ range, message: 'found', severity: 2 });
  }
  return { kind: 'full', items };
});
connection.onHover(() => ({ contents: 'text' }));
documents.listen(connection);
connection.listen();
