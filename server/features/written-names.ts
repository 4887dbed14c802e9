import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Document, Node, ScalarNode } from '../../src-core/syntax/document.ts';
import type { Span } from '../../src-core/text/span.ts';
import type { View } from '../view.ts';

/** The name of a file as a config writes it, with the file. */
export interface WrittenName {
  readonly span: Span;
  readonly document: TextDocument;
}

function* scalarsOf(node: Node): Generator<ScalarNode> {
  if (node.kind === 'scalar') yield node;
  else if (node.kind === 'list') for (const item of node.items) yield* scalarsOf(item);
  else if (node.kind === 'map') for (const { value } of node.entries) yield* scalarsOf(value);
}

function* scalarsIn(document: Document): Generator<ScalarNode> {
  for (const unit of document.units) {
    if (unit.kind === 'mapping') yield* scalarsOf(unit.root);
    else if (unit.kind === 'command')
      for (const { value } of unit.words) if (value.kind === 'scalar') yield value;
    if (unit.kind === 'call') for (const node of unit.positional) yield* scalarsOf(node);
    if (unit.kind === 'call') for (const { value } of unit.entries) yield* scalarsOf(value);
  }
}

/** A path inside the word: `--config=a.yaml` names `a.yaml`. */
function spanOf({ span, text }: ScalarNode, source: string, path: string): Span | undefined {
  if (!text.endsWith(path)) return undefined;
  const at = source.slice(span.start, span.end).lastIndexOf(path);
  if (at < 0) return undefined;
  return { start: span.start + at, end: span.start + at + path.length };
}

/** Every place where the view's document names a file that was read for it. */
export function writtenNames(view: View): readonly WrittenName[] {
  const { document, file } = view.analysis;
  if (document === undefined || view.names.length === 0) return [];
  const scalars = [...scalarsIn(document)];
  return view.names.flatMap((path) => {
    const target = view.found.get(path);
    if (target === undefined) return [];
    return scalars.flatMap((scalar) => {
      const span = spanOf(scalar, file.text, path);
      const isHere = span && view.place(file.path, span) === view.document;
      return isHere ? [{ span, document: target }] : [];
    });
  });
}
