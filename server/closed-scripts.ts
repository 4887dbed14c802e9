import type { TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { MOST_ABOVE } from '../src-core/analysis/pin-files.ts';
import { isMakefile, recipesOf } from '../src-core/syntax/shell/makefile.ts';
import { languageOf } from '../src-core/text/source-file.ts';
import type { Host, Listed } from './host.ts';
import { folderOf, identityOf, nameOf, pathOf } from './uris.ts';

/** Scripts on the disk that are not open, a Makefile as what its recipes hand to a shell. */
export interface ClosedScripts {
  /** One that was found near an open document; a version below 0 that no other text of it had. */
  get(uri: string): TextDocument | undefined;
  /**
   * Scripts that have the name of the document in their text: of its folder and those above it in the
   * workspace, and in `scripts` below each. Read again where they were written.
   */
  naming(uri: string): Promise<readonly string[]>;
  /** The document was closed. */
  forget(uri: string): void;
}

/** Most scripts that are read for one document, longest one and all together, in bytes. */
const MOST_FILES = 64;
const LONGEST = 128 * 1024;
const MOST_BYTES = 1024 * 1024;

interface Read {
  readonly document: TextDocument;
  readonly written: number;
}

/** Whether the path is that of a script. */
export function isScript(path: string): boolean {
  return languageOf(path) === 'shell' || isMakefile(path);
}

/** The scripts of a host that has files. */
export function closedScripts(
  { list, read }: Pick<Host, 'read'> & Required<Pick<Host, 'list'>>,
  documents: TextDocuments<TextDocument>,
  folders: readonly string[],
): ClosedScripts {
  const texts = new Map<string, Read>();
  /** For each document, the scripts that were read for it. */
  const near = new Map<string, ReadonlySet<string>>();
  let versions = 0;

  function isOpen(uri: string): boolean {
    const identity = identityOf(uri);
    return documents.keys().some((one) => identityOf(one) === identity);
  }

  async function listed(uri: string): Promise<readonly Listed[]> {
    const found: Listed[] = [];
    let bytes = 0;
    for (const folder of foldersOf(uri, folders))
      for (const one of await list(folder, isScript, MOST_FILES - found.length)) {
        if (one.bytes > LONGEST || bytes + one.bytes > MOST_BYTES) continue;
        bytes += one.bytes;
        found.push(one);
      }
    return found;
  }

  async function load({ uri, written }: Listed): Promise<Read | undefined> {
    const before = texts.get(uri);
    if (before?.written === written) return before;
    const text = await read(uri, LONGEST);
    if (text === undefined) return undefined;
    const commands = isMakefile(uri) ? recipesOf(text) : text;
    return { document: TextDocument.create(uri, 'shellscript', --versions, commands), written };
  }

  function prune(): void {
    const used = new Set([...near.values()].flatMap((some) => [...some]));
    for (const uri of texts.keys()) if (!used.has(uri)) texts.delete(uri);
  }

  return {
    get: (uri) => (isOpen(uri) ? undefined : texts.get(uri)?.document),
    async naming(uri) {
      const name = nameOf(pathOf(uri));
      const all = new Map<string, Read>();
      for (const one of await listed(uri)) {
        const script = isOpen(one.uri) ? undefined : await load(one);
        if (script !== undefined) all.set(one.uri, script);
      }
      for (const [script, text] of all) texts.set(script, text);
      near.set(uri, new Set(all.keys()));
      prune();
      return [...all].flatMap(([script, { document }]) =>
        document.getText().includes(name) ? [script] : [],
      );
    },
    forget(uri) {
      if (near.delete(uri)) prune();
    },
  };
}

/** Where scripts for a document lie: its folder and, in the workspace, those above; `scripts` in each. */
function foldersOf(uri: string, workspace: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const own = folderOf(uri);
  const top = workspace.find((one) => own === one || own.startsWith(`${one}/`)) ?? own;
  for (let at = own; found.size <= 2 * MOST_ABOVE; at = folderOf(at)) {
    found.add(at).add(`${at}/scripts`);
    if (at.length <= top.length) break;
  }
  return [...found];
}
