import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
  type Range,
  type TextDocumentEdit,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { FileEdits, Finding } from '../../src-core/finding.ts';
import type { Severity } from '../../src-core/run/problem.ts';
import type { TextEdit as CoreEdit } from '../../src-core/text/edit.ts';
import type { Span } from '../../src-core/text/span.ts';
import type { Abilities } from '../abilities.ts';
import type { Shell } from '../shell.ts';
import type { View } from '../view.ts';

const SEVERITY: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

const TAG = { unnecessary: DiagnosticTag.Unnecessary, deprecated: DiagnosticTag.Deprecated };

/** A span of `document` as a range in lines and UTF-16 columns. */
export function toRange(document: TextDocument, { start, end }: Span): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** An edit of `document`. */
export function toTextEdit(document: TextDocument, edit: CoreEdit): TextEdit {
  return { range: toRange(document, edit.span), newText: edit.text };
}

/** A finding as the editor shows it. */
export function toDiagnostic(
  view: View,
  finding: Finding,
  shell: Pick<Shell, 'abilities' | 'ruleLink' | 'say'>,
): Diagnostic {
  const { abilities, ruleLink, say } = shell;
  const href = abilities.codeDescription ? ruleLink(finding.rule) : undefined;
  const related = abilities.relatedInformation ? relatedInformation(view, finding, say) : [];
  return {
    range: toRange(view.document, finding.span),
    severity: SEVERITY[finding.severity],
    code: finding.rule,
    ...(href === undefined ? {} : { codeDescription: { href } }),
    source: 'tunelint',
    message: say(finding.said ?? finding.message),
    ...(finding.tag === undefined ? {} : { tags: [TAG[finding.tag]] }),
    ...(related.length === 0 ? {} : { relatedInformation: related }),
  };
}

function relatedInformation(
  view: View,
  finding: Finding,
  say: Shell['say'],
): DiagnosticRelatedInformation[] {
  return finding.related.flatMap(({ file, span, message, said }) => {
    const document = view.place(file, span);
    if (document === undefined) return [];
    return [
      {
        location: { uri: document.uri, range: toRange(document, span) },
        message: say(said ?? message),
      },
    ];
  });
}

/** Edits of several files at once; `undefined` when one of the files is not known to the server. */
export function toWorkspaceEdit(
  view: View,
  files: readonly FileEdits[],
  abilities: Abilities,
): WorkspaceEdit | undefined {
  const byDocument = new Map<TextDocument, TextEdit[]>();
  for (const { file, edits } of files)
    for (const edit of edits) {
      const document = view.place(file, edit.span);
      if (document === undefined) return undefined;
      const converted = byDocument.get(document) ?? [];
      byDocument.set(document, [...converted, toTextEdit(document, edit)]);
    }
  const changes: { [uri: string]: TextEdit[] } = {};
  const documentChanges: TextDocumentEdit[] = [];
  for (const [document, edits] of byDocument) {
    const { uri } = document;
    changes[uri] = [...(changes[uri] ?? []), ...edits];
    const version = view.versionOf(document);
    documentChanges.push({ textDocument: { uri, version }, edits });
  }
  return abilities.versionedEdits ? { documentChanges } : { changes };
}
