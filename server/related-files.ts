import type { TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Host } from './host.ts';
import { folderOf, identityOf, resolveFrom } from './uris.ts';

/** Longest file that is read for an analysis, in bytes. */
export const MAX_BYTES = 1024 * 1024;
/** Most files that one analysis may ask for. */
export const MAX_FILES = 16;

/** Files that open documents refer to: open ones as they stand in the editor, others as on disk. */
export interface RelatedFiles {
  /** Finds `path` as written in the document `from`; looks beside it, then in the workspace folders. */
  find(path: string, from: string): Promise<TextDocument | undefined>;
  /** The version that the client knows a document under; null where it is not open. */
  versionOf(document: TextDocument): number | null;
  /** Forgets what was read of this file; `undefined` forgets everything. */
  forget(uri?: string): void;
}

/** A cache of related files. Keys are identities, so that two encodings of a URI are one file. */
export function relatedFiles(
  host: Host,
  documents: TextDocuments<TextDocument>,
  folders: () => readonly string[],
): RelatedFiles {
  const read = new Map<string, Promise<TextDocument | undefined>>();

  function openDocument(uri: string): TextDocument | undefined {
    const exact = documents.get(uri);
    if (exact !== undefined) return exact;
    const identity = identityOf(uri);
    return documents.all().find((document) => identityOf(document.uri) === identity);
  }

  async function load(uri: string): Promise<TextDocument | undefined> {
    const text = await host.read(uri, MAX_BYTES);
    return text === undefined ? undefined : TextDocument.create(uri, '', 0, text);
  }

  return {
    async find(path, from) {
      for (const folder of new Set([folderOf(from), ...folders()])) {
        const uri = resolveFrom(folder, path);
        const open = openDocument(uri);
        if (open !== undefined) return open;
        const key = identityOf(uri);
        const loading = read.get(key) ?? load(uri);
        read.set(key, loading);
        const found = await loading;
        if (found !== undefined) return found;
      }
      return undefined;
    },
    versionOf: (document) => (documents.get(document.uri) === document ? document.version : null),
    forget(uri) {
      if (uri === undefined) read.clear();
      else read.delete(identityOf(uri));
    },
  };
}
