import type { TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { pinPlace } from '../src-core/analysis/pin-files.ts';
import type { Host } from './host.ts';
import { foldersFrom, namedAbove } from './pin-folders.ts';
import { aboveScripts, folderOf, identityOf, resolveFrom } from './uris.ts';

/** Longest file that is read for an analysis, in bytes. */
export const MAX_BYTES = 1024 * 1024;
/** Most files that one analysis may ask for, without those that pin releases. */
export const MAX_FILES = 16;

/** Files that open documents refer to: open ones as they stand in the editor, others as on disk. */
export interface RelatedFiles {
  /**
   * Finds `path` as written in the document `from`; looks beside it, where scripts of its folder are started,
   * then in the workspace folders. A file that pins releases has one place alone.
   */
  find(path: string, from: string): Promise<TextDocument | undefined>;
  /** In how many folders above its own files may pin releases for a document. */
  above(from: string): Promise<number>;
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
  const above = new Map<string, Promise<number>>();

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

  /** The folder that a document lies in; one that was never saved is meant for the workspace. */
  function ownFolder(uri: string): string {
    const [first] = folders();
    return uri.startsWith('untitled:') && first !== undefined ? first : folderOf(uri);
  }

  async function countAbove(folder: string): Promise<number> {
    const home = host.home === undefined ? undefined : identityOf(host.home);
    const all = foldersFrom(folder, (one) => identityOf(one) === home);
    for (const [above, one] of all.entries()) if (await host.exists(`${one}/.git`)) return above;
    return namedAbove(all.map(identityOf), folders().map(identityOf));
  }

  return {
    above(from) {
      const folder = ownFolder(from);
      const counting = above.get(folder) ?? countAbove(folder);
      above.set(folder, counting);
      return counting;
    },
    async find(path, from) {
      const own = ownFolder(from);
      const beside = folderOf(from);
      const places = pinPlace(path) ? [own] : [beside, ...aboveScripts(beside), ...folders()];
      for (const folder of new Set(places)) {
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
      if (uri === undefined) {
        read.clear();
        above.clear();
      } else read.delete(identityOf(uri));
    },
  };
}
