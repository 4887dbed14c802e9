import type { TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  BELOW,
  type Kind,
  kindOf,
  LONGEST_OF_KIND,
  listedPath,
  MOST_OF_KIND,
  pathAbove,
  pinPlace,
} from '../src-core/analysis/pin-files.ts';
import type { Host } from './host.ts';
import { foldersFrom, namedAbove } from './pin-folders.ts';
import { aboveScripts, folderOf, identityOf, nameOf, pathOf, resolveFrom } from './uris.ts';

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
  /** The paths of the files of a kind that may pin releases, in the folder of a document and so many above. */
  list(kind: Kind, above: number, from: string): Promise<readonly string[]>;
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
  const listed = new Map<string, Promise<readonly string[]>>();

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

  /** The files of a kind in a folder, and in those below it that hold nothing else. */
  async function namesIn(folder: string, kind: Kind): Promise<readonly string[]> {
    const some = ['', ...BELOW].map(async (below) => {
      const named = (name: string) => (below === '' ? name : `${below}/${name}`);
      const passes = (name: string) => kindOf(named(name)) === kind;
      const place = below === '' ? folder : `${folder}/${below}`;
      const found = (await host.list?.(place, passes, MOST_OF_KIND)) ?? [];
      return found
        .filter(({ bytes }) => bytes <= LONGEST_OF_KIND)
        .map(({ uri }) => named(nameOf(pathOf(uri))));
    });
    return (await Promise.all(some)).flat().slice(0, MOST_OF_KIND);
  }

  return {
    above(from) {
      const folder = ownFolder(from);
      const counting = above.get(folder) ?? countAbove(folder);
      above.set(folder, counting);
      return counting;
    },
    async list(kind, above, from) {
      const found: string[] = [];
      for (let i = 0; i <= above; i++) {
        const folder = resolveFrom(ownFolder(from), pathAbove(i, '.'));
        const key = `${kind} ${identityOf(folder)}`;
        const listing = listed.get(key) ?? namesIn(folder, kind);
        listed.set(key, listing);
        found.push(...(await listing).map((name) => listedPath(i, name)));
      }
      return found;
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
      listed.clear();
      if (uri === undefined) {
        read.clear();
        above.clear();
      } else read.delete(identityOf(uri));
    },
  };
}
