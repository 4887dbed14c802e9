import type { ClosedScripts } from './closed-scripts.ts';
import type { Host } from './host.ts';
import { runsWith } from './seen.ts';
import type { Session } from './session.ts';
import type { View } from './view.ts';

/** Finds the scripts on the disk that start open documents: then they have a say in them. */
export interface Launchers {
  /** Looks for those of a document that something was said of, once, and after that is on its way. */
  look(view: View): void;
  /** Looks again: scripts came, changed or went. */
  again(): void;
  /** A document was closed: it may be a script that lies on the disk as well. */
  closed(uri: string): void;
}

export interface LauncherParts {
  readonly session: Session;
  readonly closed: ClosedScripts;
  readonly host: Pick<Host, 'breathe'>;
  /** Called when other scripts have a say in a document than before. */
  changed(): void;
  failed(error: unknown): void;
}

/** Each is judged with every letter that is typed into what it starts: the nearest ones have a say. */
const MOST_LAUNCHERS = 3;
/** A name may stand in many scripts that start something else. */
const MOST_JUDGED = 16;

/** What no script starts, or is one. */
const APART = new Set(['shell', 'log']);

/** Looks for documents one after the other. */
export function launchersOf(parts: LauncherParts): Launchers {
  const { session, closed, host, changed, failed } = parts;
  const { documents } = session;
  /** The scripts that start a document, in their versions. */
  const known = new Map<string, ReadonlyMap<string, number | undefined>>();
  const due = new Set<string>();
  let isBusy = false;

  /** Whether the script starts the document; it is forgotten where it starts none that is open. */
  async function starts(script: string, uri: string): Promise<boolean> {
    await host.breathe();
    const view = await session.view(script);
    const document = documents.get(uri);
    if (view && document && runsWith(view, document).length > 0) return true;
    if (!view || !documents.all().some((one) => runsWith(view, one).length > 0))
      session.forget(script);
    return false;
  }

  /** Forgets those that are neither open nor read any more. */
  function dropGone(scripts: Iterable<string>): void {
    for (const script of scripts)
      if (!documents.get(script) && !closed.get(script)) session.forget(script);
  }

  /** The document is closed. */
  function leave(uri: string, scripts: Iterable<string>): void {
    closed.forget(uri);
    dropGone(scripts);
  }

  async function find(uri: string): Promise<void> {
    const found = new Map<string, number | undefined>();
    for (const script of (await closed.naming(uri)).slice(0, MOST_JUDGED)) {
      if (await starts(script, uri)) found.set(script, closed.get(script)?.version);
      if (found.size === MOST_LAUNCHERS) break;
    }
    const before = known.get(uri);
    if (before === undefined) return leave(uri, found.keys());
    dropGone(before.keys());
    known.set(uri, found);
    const isSame = (script: string) => before.get(script) === found.get(script);
    if (before.size !== found.size || ![...found.keys()].every(isSame)) changed();
  }

  async function work(): Promise<void> {
    isBusy = true;
    try {
      await host.breathe();
      for (const uri of due) {
        due.delete(uri);
        await find(uri);
      }
    } catch (error) {
      failed(error);
    } finally {
      isBusy = false;
    }
  }

  function again(): void {
    for (const uri of known.keys()) due.add(uri);
    if (due.size > 0 && !isBusy) void work();
  }

  return {
    look({ document: { uri }, analysis }) {
      if (known.has(uri) || APART.has(analysis.file.language) || session.isCell(uri)) return;
      known.set(uri, new Map());
      due.add(uri);
      if (!isBusy) void work();
    },
    again,
    closed(uri) {
      const scripts = known.get(uri) ?? new Map();
      known.delete(uri);
      leave(uri, scripts.keys());
      // What was found of a script was forgotten with it.
      for (const one of known.keys()) known.set(one, new Map());
      again();
    },
  };
}
