import type { Diagnostic } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Host } from './host.ts';
import type { RelatedFiles } from './related-files.ts';
import type { Session } from './session.ts';
import type { View } from './view.ts';

/** What was said of files in earlier sessions, for those that are opened as they were left. */
export interface Recall {
  /**
   * What was said of the document when it was the same, and the settings and all files that it names
   * were; `undefined` when something changed, or nothing is remembered.
   */
  find(uri: string): Promise<Diagnostic[] | undefined>;
  /** Remembers what is said of a document as it stands in the view. */
  keep(view: View, diagnostics: readonly Diagnostic[]): void;
}

/** What is remembered of one document. */
interface Kept {
  /** A digest of its text, the settings, and whatever else diagnostics depend on. */
  readonly state: string;
  /** Of each file that it names: the path, and what stood there; `null` where there was none. */
  readonly names: readonly (readonly [string, string | null])[];
  readonly diagnostics: Diagnostic[];
}

/** Longer texts are not remembered, nor is what is longer when it is said. */
const LONGEST = 1024 * 1024;
const LONGEST_SAID = 128 * 1024;

/**
 * What is remembered where the host remembers anything. `stamp` says what else diagnostics depend on:
 * the client's language and what it can show.
 */
export function recallOf(
  host: Host,
  session: Session,
  related: RelatedFiles,
  stamp: string,
): Recall {
  const { memory } = host;
  if (memory === undefined) return { find: async () => undefined, keep: () => undefined };
  const { findings, digest } = memory;
  const stateOf = (document: TextDocument, settings: unknown) =>
    digest(JSON.stringify([stamp, settings, document.languageId, document.getText()]));
  const digestOf = (file: TextDocument | undefined) =>
    file === undefined ? null : digest(file.getText());

  return {
    async find(uri) {
      const document = session.documents.get(uri);
      const kept = document && parsed(findings.read(uri));
      if (document === undefined || kept === undefined) return undefined;
      const { version } = document;
      if (kept.state !== stateOf(document, await session.settings(uri))) return undefined;
      for (const [path, before] of kept.names)
        if (digestOf(await related.find(path, uri)) !== before) return undefined;
      return document.version === version ? kept.diagnostics : undefined;
    },
    keep({ document, settings, names, found }, diagnostics) {
      const { uri } = document;
      if (document.getText().length > LONGEST || /[\r\n]/.test(uri)) return;
      const files = names.map((path) => [path, digestOf(found.get(path))]);
      const state = stateOf(document, settings);
      const line = JSON.stringify({ state, names: files, diagnostics });
      if (line.length <= LONGEST_SAID) findings.write(uri, line);
    },
  };
}

/** What a line of the store says, if it is one. */
function parsed(text: string | undefined): Kept | undefined {
  if (text === undefined) return undefined;
  try {
    const kept: Partial<Kept> = JSON.parse(text) ?? {};
    return isWhole(kept) ? kept : undefined;
  } catch {
    return undefined; // half written, or damaged
  }
}

function isWhole(kept: Partial<Kept>): kept is Kept {
  const { names, diagnostics } = kept;
  if (!Array.isArray(names) || !names.every((one) => Array.isArray(one))) return false;
  return Array.isArray(diagnostics) && diagnostics.every((one) => one?.range !== undefined);
}
