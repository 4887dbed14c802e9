import { type CompletionItem, CompletionItemKind, MarkupKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Completion } from '../core.ts';
import { toTextEdit } from '../proto/to-proto.ts';
import { guarded, type Shell } from '../shell.ts';

/** Characters that open the list without being asked. */
export const TRIGGER_CHARACTERS = ['-', ' ', '=', ':', '"', "'"];

const KIND = { key: CompletionItemKind.Property, value: CompletionItemKind.EnumMember };

function toItem(document: TextDocument, found: Completion, say: Shell['say']): CompletionItem {
  const { label, kind, detail, documentation, edit, sortText } = found;
  const { start, end } = edit.span;
  return {
    label,
    kind: KIND[kind],
    // What is typed so far is compared with this, from its first character: a dash or a quote.
    filterText: /^[-"']/.test(document.getText().slice(start, end)) ? edit.text : label,
    textEdit: toTextEdit(document, edit),
    // Editors show it as it stands, unlike the documentation.
    ...(detail === undefined ? {} : { detail: say(detail).replaceAll('`', '') }),
    ...(documentation === undefined
      ? {}
      : { documentation: { kind: MarkupKind.Markdown, value: say(documentation) } }),
    ...(sortText === undefined ? {} : { sortText }),
  };
}

/** Proposes keys and values. */
export function registerCompletion(shell: Shell): void {
  const { connection, core, session } = shell;
  connection.onCompletion(
    guarded(connection, 'textDocument/completion', null, async (params, token) => {
      const view = await session.view(params.textDocument.uri, token);
      if (view === undefined) return null;
      const { document, analysis } = view;
      const { items, partial } = core.complete(analysis, document.offsetAt(params.position));
      const list = items.map((completion) => toItem(document, completion, shell.say));
      return partial ? { isIncomplete: true, items: list } : list;
    }),
  );
}
