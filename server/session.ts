import type { CancellationToken, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ClosedScripts } from './closed-scripts.ts';
import type { Core } from './core.ts';
import type { Host } from './host.ts';
import type { Notebooks } from './notebooks.ts';
import type { RelatedFiles } from './related-files.ts';
import type { ServerSettings } from './settings.ts';
import type { SettingsStore } from './settings-store.ts';
import { nameOf, pathOf } from './uris.ts';
import { cellView, createView, type Effort, type View } from './view.ts';

/** Open documents and their analyses. A document is analysed once for each version and settings. */
export interface Session {
  /** The open ones. */
  readonly documents: TextDocuments<TextDocument>;
  /** `undefined`: neither open nor a script that was found, switched off, of another language, or no training config. */
  view(uri: string, token?: CancellationToken, effort?: Effort): Promise<View | undefined>;
  /** Whether the document is a cell: what is said of it depends on the others. */
  isCell(uri: string): boolean;
  /** Whether nobody has asked for a view of the document since it was opened. */
  isNew(uri: string): boolean;
  settings(uri: string): Promise<ServerSettings>;
  /**
   * Forgets the analyses that read this file; gives their documents, or the open ones that a closed one names,
   * and open ones that it names itself.
   */
  touch(uri: string): readonly string[];
  /** Documents whose analysis read this file, as far as they were analysed. */
  readers(uri: string): readonly string[];
  forget(uri: string): void;
}

export interface SessionParts {
  readonly core: Core;
  readonly host: Host;
  readonly documents: TextDocuments<TextDocument>;
  readonly settings: SettingsStore;
  readonly related: RelatedFiles;
  readonly notebooks: Notebooks;
  /** Scripts on the disk that count as well, where the host has files. */
  readonly scripts: Pick<ClosedScripts, 'get'> | undefined;
  /** Takes what rules threw: bugs of ours, worth a line in the log. */
  report(message: string): void;
  /** Called when the analysis of an open document read another one for the first time. */
  joined(): void;
}

interface Slot {
  readonly key: string;
  readonly effort: Effort;
  readonly view: Promise<View | undefined>;
}

/** What is remembered of one open document. */
interface Memory {
  slot?: Slot;
  /** The last view of the effort `typing`, and what its related files were read under. */
  typed?: { readonly view: View; readonly epoch: string };
  wanted: readonly string[];
  /** Grows when a related file changes. */
  touched: number;
}

/** Longer texts let waiting messages in before they are analysed. */
const LONG_TEXT = 64 * 1024;

/** Creates the session. */
export function createSession(parts: SessionParts): Session {
  const { documents, settings, related, notebooks, scripts } = parts;
  const memories = new Map<string, Memory>();
  const readersOf = (uri: string) => {
    const path = pathOf(uri);
    return [...memories].filter(([reader, { wanted }]) => reader !== uri && refers(wanted, path));
  };
  return {
    documents,
    settings: (uri) => settings.get(uri),
    isCell: (uri) => notebooks.bookOf(uri) !== undefined,
    isNew: (uri) => memories.get(uri)?.slot === undefined,
    async view(uri, token, effort = 'typing') {
      for (;;) {
        const own = documents.get(uri) ?? scripts?.get(uri);
        if (own === undefined || token?.isCancellationRequested) return undefined;
        const book = notebooks.bookOf(uri);
        const document = book?.whole ?? own;
        const memory = memories.get(document.uri) ?? { wanted: [], touched: 0 };
        memories.set(document.uri, memory);
        const view = await lookUp(parts, document, memory, { effort, token });
        // The text may have changed meanwhile; a view is only good for the version it was made of.
        if (view === undefined) return undefined;
        if (book === undefined && view.version === document.version) return view;
        if (book !== undefined && notebooks.bookOf(uri) === book) return cellView(view, book, uri);
      }
    },
    touch(uri) {
      related.forget(uri);
      const readers = readersOf(uri);
      for (const [, memory] of readers) memory.touched += 1;
      const shown = readers.flatMap(([reader, { wanted }]) =>
        scripts?.get(reader) ? openAmong(documents, wanted, uri) : [reader],
      );
      const named = openAmong(documents, memories.get(uri)?.wanted ?? [], uri);
      return [...shown, ...named, ...notebooks.siblings(uri)];
    },
    readers: (uri) => readersOf(uri).map(([reader]) => reader),
    forget(uri) {
      memories.delete(uri);
      settings.forget(uri);
    },
  };
}

/** The view at hand, or a new one; none for a request that is cancelled before it gets one. */
async function lookUp(
  { core, host, documents, settings, related, scripts, report, joined }: SessionParts,
  document: TextDocument,
  memory: Memory,
  { effort, token }: { readonly effort: Effort; readonly token: CancellationToken | undefined },
): Promise<View | undefined> {
  const inForce = await settings.get(document.uri);
  if (!inForce.enable) return undefined;
  const key = () => `${document.version}/${settings.epoch}/${memory.touched}`;
  const isFresh = () => memory.slot?.key === key() && suffices(memory.slot.effort, effort);
  if (!isFresh() && document.getText().length > LONG_TEXT) await host.breathe();
  if (token?.isCancellationRequested) return undefined;
  if (isFresh()) return memory.slot?.view;
  const epoch = `${settings.epoch}/${memory.touched}`;
  const { typed } = memory;
  const view = createView(document, {
    ...{ core, related, settings: inForce, effort },
    previous: effort === 'typing' ? typed?.view.analysis : undefined,
    last: typed?.epoch === epoch ? typed.view : undefined,
  });
  memory.slot = { key: key(), effort, view };
  const made = await view;
  if (made !== undefined && effort === 'typing') memory.typed = { view: made, epoch };
  const before = memory.wanted;
  memory.wanted = made?.names ?? [];
  const news = memory.wanted.filter((path) => !before.includes(path));
  if (openAmong(documents, news, document.uri).length > 0 && !scripts?.get(document.uri)) joined();
  for (const { rule, error } of made?.analysis.failures ?? []) report(`rule ${rule}: ${error}`);
  return made;
}

function suffices(have: Effort, need: Effort): boolean {
  return have === 'full' || need === 'typing';
}

/** The open documents that one of the paths can mean, without the one that they are `of`. */
function openAmong(
  documents: TextDocuments<TextDocument>,
  paths: readonly string[],
  of: string,
): readonly string[] {
  if (paths.length === 0) return [];
  return documents.keys().filter((uri) => uri !== of && refers(paths, pathOf(uri)));
}

/** Whether one of the paths a config wrote can mean the file: compared by their last part. */
function refers(paths: readonly string[], file: string): boolean {
  const name = nameOf(file);
  return paths.some((path) => path === name || path.endsWith(`/${name}`));
}
