import type { CancellationToken, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { SourceFile } from '../src-core/text/source-file.ts';
import type { Analysis, Core } from './core.ts';
import type { Host } from './host.ts';
import { documentLanguage } from './proto/language.ts';
import { MAX_FILES, type RelatedFiles } from './related-files.ts';
import type { ServerSettings } from './settings.ts';
import type { SettingsStore } from './settings-store.ts';
import { pathOf } from './uris.ts';

/** One document with its analysis, as of one version. */
export interface View {
  readonly document: TextDocument;
  readonly version: number;
  readonly settings: ServerSettings;
  readonly analysis: Analysis;
  /** The document that a finding's `file` means: this one, or a related file that was read. */
  place(file: string): TextDocument | undefined;
}

/** Open documents and their analyses. A document is analysed once for each version and settings. */
export interface Session {
  readonly documents: TextDocuments<TextDocument>;
  /** `undefined`: not open, switched off, of another language, or no training config. */
  view(uri: string, token?: CancellationToken): Promise<View | undefined>;
  settings(uri: string): Promise<ServerSettings>;
  /** Forgets the analyses that read this file and gives their documents' URIs. */
  touch(uri: string): readonly string[];
  forget(uri: string): void;
}

interface Slot {
  readonly key: string;
  readonly view: Promise<View | undefined>;
}

/** Longer texts let waiting messages in before they are analysed. */
const LONG_TEXT = 64 * 1024;
const ROUNDS = 3;

export interface SessionParts {
  readonly core: Core;
  readonly host: Host;
  readonly documents: TextDocuments<TextDocument>;
  readonly settings: SettingsStore;
  readonly related: RelatedFiles;
}

/** Creates the session. */
export function createSession(parts: SessionParts): Session {
  const { core, host, documents, settings, related } = parts;
  const slots = new Map<string, Slot>();
  /** Paths that each document's last analysis asked for. */
  const wanted = new Map<string, ReadonlySet<string>>();
  const touched = new Map<string, number>();

  async function gather(
    uri: string,
    paths: Iterable<string>,
    found: Map<string, TextDocument | undefined>,
  ): Promise<void> {
    for (const path of paths) {
      if (found.size >= MAX_FILES || found.has(path)) continue;
      found.set(path, await related.find(path, uri));
    }
  }

  async function analyze(document: TextDocument, force: ServerSettings): Promise<View | undefined> {
    const text = document.getText();
    const path = pathOf(document.uri);
    const language = documentLanguage(document.languageId, path, text);
    if (language === undefined || !core.isTrainingConfig(text)) return undefined;
    const file: SourceFile = { path, text, language };
    const found = new Map<string, TextDocument | undefined>();
    const version = document.version;
    await gather(document.uri, wanted.get(document.uri) ?? [], found);
    let analysis = core.analyze({ file, settings: force.core, files: textsOf(found) });
    for (let round = 1; round < ROUNDS && !hasAll(found, analysis.wanted); round++) {
      await gather(document.uri, analysis.wanted, found);
      analysis = core.analyze({ file, settings: force.core, files: textsOf(found) });
    }
    wanted.set(document.uri, new Set(analysis.wanted));
    const place = (name: string) => (name === path ? document : (found.get(name) ?? undefined));
    return { document, version, settings: force, analysis, place };
  }

  async function compute(uri: string, token?: CancellationToken): Promise<View | undefined> {
    const document = documents.get(uri);
    if (document === undefined) return undefined;
    const force = await settings.get(uri);
    if (!force.enable) return undefined;
    const key = `${document.version}/${settings.epoch}/${touched.get(uri) ?? 0}`;
    const slot = slots.get(uri);
    if (slot?.key === key) return slot.view;
    if (document.getText().length > LONG_TEXT) {
      await host.breathe();
      if (token?.isCancellationRequested) return undefined;
      if (documents.get(uri)?.version !== document.version) return compute(uri, token);
    }
    const view = analyze(document, force);
    slots.set(uri, { key, view });
    return view;
  }

  return {
    documents,
    view: compute,
    settings: (uri) => settings.get(uri),
    touch(uri) {
      related.forget(uri);
      const path = pathOf(uri);
      const readers = [...wanted].filter(
        ([reader, paths]) => reader !== uri && refers(paths, path),
      );
      for (const [reader] of readers) touched.set(reader, (touched.get(reader) ?? 0) + 1);
      return readers.map(([reader]) => reader);
    },
    forget(uri) {
      slots.delete(uri);
      wanted.delete(uri);
      touched.delete(uri);
      settings.forget(uri);
    },
  };
}

function textsOf(found: ReadonlyMap<string, TextDocument | undefined>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [path, document] of found) if (document) texts.set(path, document.getText());
  return texts;
}

function hasAll(found: ReadonlyMap<string, unknown>, paths: readonly string[]): boolean {
  return found.size >= MAX_FILES || paths.every((path) => found.has(path));
}

/** Whether one of the paths a config wrote can mean the file: compared by their last part. */
function refers(paths: ReadonlySet<string>, file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1);
  for (const path of paths) if (path === name || path.endsWith(`/${name}`)) return true;
  return false;
}
