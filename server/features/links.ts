import type { DocumentLink } from 'vscode-languageserver';
import { known, writtenOrigin } from '../../src-core/run/sourced.ts';
import type { Span } from '../../src-core/text/span.ts';
import type { AnalyzedRun } from '../core.ts';
import { toRange } from '../proto/to-proto.ts';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';
import { datasetLinks } from './dataset-links.ts';
import { writtenNames } from './written-names.ts';

/** Where the run's model is written, when it is one of the hub's. */
function modelLink(view: View, { run }: AnalyzedRun): { span: Span; id: string } | undefined {
  const model = known(run.model);
  const origin = writtenOrigin(run.model);
  // Only an id that is written out whole: a local folder of the same name is no page of the hub.
  if (model?.record === undefined || model.text !== model.record.id) return undefined;
  if (origin === undefined) return undefined;
  const { span } = origin.entry.value;
  if (view.place(origin.file, span) !== view.document) return undefined;
  const at = view.analysis.file.text.slice(span.start, span.end).indexOf(model.text);
  if (at < 0) return undefined;
  return {
    span: { start: span.start + at, end: span.start + at + model.text.length },
    id: model.text,
  };
}

async function linksOf(shell: Shell, view: View): Promise<DocumentLink[]> {
  const models = view.analysis.runs.flatMap((run) => {
    const found = modelLink(view, run);
    if (found === undefined) return [];
    const target = `https://huggingface.co/${found.id}`;
    return [
      {
        range: toRange(view.document, found.span),
        target,
        tooltip: shell.say('Open the model’s page'),
      },
    ];
  });
  const files = writtenNames(view).map(({ span, document }) => ({
    range: toRange(view.document, span),
    target: document.uri,
    tooltip: shell.say('Open the file'),
  }));
  return [...models, ...(await datasetLinks(shell, view)), ...files];
}

/** Links of models and datasets to their pages, of named configs and data to the files. */
export function registerLinks(shell: Shell): void {
  const { connection, session } = shell;
  connection.onDocumentLinks(
    guarded(connection, 'textDocument/documentLink', [], async ({ textDocument }, token) => {
      const view = await session.view(textDocument.uri, token);
      return view === undefined ? [] : linksOf(shell, view);
    }),
  );
}
