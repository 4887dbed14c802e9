import type { TextDocument } from 'vscode-languageserver-textdocument';
import { isKind, pinPlace, placesOf } from '../src-core/analysis/pin-files.ts';
import type { SourceFile } from '../src-core/text/source-file.ts';
import type { Span } from '../src-core/text/span.ts';
import type { Analysis, Core } from './core.ts';
import { type Book, cellWith } from './notebooks.ts';
import { documentLanguage } from './proto/language.ts';
import { MAX_FILES, type RelatedFiles } from './related-files.ts';
import type { ServerSettings } from './settings.ts';
import { pathOf } from './uris.ts';

/** How hard to look: while typing, the search for settings that fit is left out. */
export type Effort = 'typing' | 'full';

/** One document with its analysis, as of one version. */
export interface View {
  readonly document: TextDocument;
  readonly version: number;
  readonly settings: ServerSettings;
  readonly analysis: Analysis;
  /** Paths, as the config writes them, of the files that it reads or would read if they were there. */
  readonly names: readonly string[];
  /** The files at these paths. */
  readonly found: ReadonlyMap<string, TextDocument | undefined>;
  /** The document that a place lies in: this one, a related file that was read, or another cell. */
  place(file: string, span: Span): TextDocument | undefined;
  /** The version of a document that was analysed; null where it is not open. */
  versionOf(document: TextDocument): number | null;
}

/** What an analysis needs beside the document. */
export interface ViewParts {
  readonly core: Core;
  readonly related: RelatedFiles;
  readonly settings: ServerSettings;
  readonly effort: Effort;
  /** The last analysis of this document with this effort, of whatever version. */
  readonly previous: Analysis | undefined;
  /** The last view of this document, as long as none of the files that it asked for changed. */
  readonly last: View | undefined;
}

/** An analysis that wants a file, which wants a file, and so on, ends here. */
const ROUNDS = 4;

/** The document as the core takes it; `undefined` when its language is none of ours. */
function sourceOf(document: TextDocument): SourceFile | undefined {
  const text = document.getText();
  const path = pathOf(document.uri);
  const language = documentLanguage(document.languageId, path, text);
  return language === undefined ? undefined : { path, text, language };
}

/** Analyses a document with the files it names; `undefined` when it is neither training config nor log. */
export async function createView(
  document: TextDocument,
  parts: ViewParts,
): Promise<View | undefined> {
  const { core, related, settings, effort, previous, last } = parts;
  const file = sourceOf(document);
  if (file === undefined || !core.isTrainingFile(file)) return undefined;
  const { version } = document;
  const found = new Map(last?.found);
  /** Whether one of the files that were not asked for before is there; all are read at once, as a repository in a browser is far away. */
  const gather = async (wanted: readonly string[]) => {
    const above = wanted.some((one) => isKind(one) || pinPlace(one))
      ? await related.above(document.uri)
      : 0;
    const placing = wanted.map((one) =>
      isKind(one) ? related.list(one, above, document.uri) : placesOf(one, above),
    );
    const news = unread((await Promise.all(placing)).flat(), found);
    const texts = await Promise.all(news.map((path) => related.find(path, document.uri)));
    for (const [i, path] of news.entries()) found.set(path, texts[i]);
    return texts.some((text) => text !== undefined);
  };
  const input = { file, settings: settings.core, effort, ...(previous && { previous }) };
  const versions = new Map<TextDocument, number | null>();
  versions.set(document, related.versionOf(document));
  const run = () => {
    for (const one of found.values()) if (one) versions.set(one, related.versionOf(one));
    return core.analyze({ ...input, files: textsOf(found) });
  };
  let analysis = run();
  const place = (name: string) => (name === file.path ? document : found.get(name));
  if (analysis.wanted !== last?.analysis.wanted) {
    // Files that are not there change nothing: the analysis stands.
    for (let round = 1; round < ROUNDS && (await gather(analysis.wanted)); round++)
      analysis = run();
    const isWanted = (path: string) => analysis.wanted.includes(pinPlace(path)?.wanted ?? path);
    const isNamed = (path: string) => isWanted(path) || analysis.documents.has(path);
    for (const path of found.keys()) if (!isNamed(path)) found.delete(path);
  }
  const names = [...found.keys()];
  const versionOf = (one: TextDocument) => versions.get(one) ?? null;
  return { document, version, settings, analysis, names, found, place, versionOf };
}

/** The paths that were not looked at, as many as may be. */
function unread(paths: readonly string[], found: ReadonlyMap<string, unknown>): readonly string[] {
  const isOther = (path: string) => pinPlace(path) === undefined;
  let left = MAX_FILES - [...found.keys()].filter(isOther).length;
  return [...new Set(paths)].filter((path) => !found.has(path) && (!isOther(path) || left-- > 0));
}

/** The view of one cell, by that of its whole notebook. */
export function cellView(view: View, book: Book, uri: string): View | undefined {
  const document = book.cells.find((cell) => cell.uri === uri);
  if (document === undefined) return undefined;
  const { path } = view.analysis.file;
  const place: View['place'] = (file, span) =>
    file === path ? cellWith(book, span.start) : view.place(file, span);
  const versions = new Map(book.cells.map((cell) => [cell, cell.version]));
  const versionOf = (one: TextDocument) => versions.get(one) ?? view.versionOf(one);
  return { ...view, document, version: document.version, place, versionOf };
}

/** The texts of files that were found. */
export function textsOf(found: ReadonlyMap<string, TextDocument | undefined>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [path, document] of found) if (document) texts.set(path, document.getText());
  return texts;
}
