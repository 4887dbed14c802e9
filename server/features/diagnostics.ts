import {
  type Diagnostic,
  type DocumentDiagnosticParams,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
} from 'vscode-languageserver';
import { type Seen, seenIn } from '../seen.ts';
import { guarded, logError, type Shell } from '../shell.ts';
import { isSame, Speaker } from './said.ts';

/** Shows findings, whichever way the client takes them. */
export interface DiagnosticsFeature {
  /** The text of the document changed, or it was opened. */
  changed(uri: string): void;
  /** The document was opened or saved: with `run: onSave` this is when findings are looked for. */
  settled(uri: string): void;
  closed(uri: string): void;
  /** Something outside the documents changed, a setting or a related file. */
  refresh(): void;
}

/** Registers pull diagnostics, and pushes to clients that do not pull. */
export function registerDiagnostics(shell: Shell): DiagnosticsFeature {
  return shell.abilities.pullDiagnostics ? pulled(shell) : pushed(shell);
}

/** What a client was told of a document. */
interface Answer {
  readonly resultId: string;
  readonly items: Diagnostic[];
}

function pulled(shell: Shell): DiagnosticsFeature {
  const { connection, session, abilities } = shell;
  const speaker = new Speaker(shell);
  /** The last answer for each document; with `run: onSave` it stands until the document is due. */
  const answers = new Map<string, Answer>();
  const due = new Set<string>();
  let refreshing = false;

  async function items(uri: string, look: () => Promise<Seen>): Promise<Diagnostic[]> {
    const { run } = await session.settings(uri);
    const last = answers.get(uri);
    if (run === 'onSave' && last !== undefined && !due.has(uri)) return last.items;
    due.delete(uri);
    return (await speaker.say(uri, look, () => again(uri))).diagnostics;
  }

  function again(uri: string): void {
    due.add(uri);
    refresh();
  }

  let count = 0;

  /** The answer with these diagnostics; a short one where the client has them already. */
  function report(uri: string, found: Diagnostic[], had?: string): DocumentDiagnosticReport {
    const last = answers.get(uri);
    if (last !== undefined && last.resultId === had && isSame(last.items, found))
      return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: last.resultId };
    const answer = { resultId: String(++count), items: found };
    answers.set(uri, answer);
    return { kind: DocumentDiagnosticReportKind.Full, ...answer };
  }

  const nothing: DocumentDiagnosticReport = { kind: DocumentDiagnosticReportKind.Full, items: [] };
  connection.languages.diagnostics.on(
    guarded<DocumentDiagnosticParams, DocumentDiagnosticReport>(
      connection,
      'textDocument/diagnostic',
      nothing,
      async ({ textDocument, previousResultId }, token) => {
        const { uri } = textDocument;
        return report(uri, await items(uri, () => seenIn(session, uri, token)), previousResultId);
      },
    ),
  );

  function refresh(): void {
    if (!abilities.refreshDiagnostics || refreshing) return;
    refreshing = true;
    const done = () => {
      refreshing = false;
    };
    shell.host
      .breathe()
      .then(() => connection.languages.diagnostics.refresh())
      .then(done, done);
  }

  return {
    changed() {},
    settled(uri) {
      due.add(uri);
      speaker.settle(uri);
      void session.settings(uri).then(({ run }) => {
        if (run === 'onSave') refresh();
      });
    },
    closed(uri) {
      due.delete(uri);
      answers.delete(uri);
      speaker.forget(uri);
    },
    refresh() {
      for (const uri of answers.keys()) due.add(uri);
      refresh();
    },
  };
}

function pushed(shell: Shell): DiagnosticsFeature {
  const { connection, session, host } = shell;
  const speaker = new Speaker(shell);
  const waiting = new Set<string>();

  async function publish(uri: string): Promise<void> {
    const look = () => seenIn(session, uri);
    const { view, diagnostics } = await speaker.say(uri, look, () => schedule(uri));
    const document = session.documents.get(uri);
    if (document === undefined || (view !== undefined && view.version !== document.version)) return;
    const { version } = document;
    await connection.sendDiagnostics({ uri, version, diagnostics });
  }

  async function drain(): Promise<void> {
    await host.breathe();
    const uris = [...waiting];
    waiting.clear();
    for (const uri of uris) {
      try {
        await publish(uri);
      } catch (error) {
        logError(connection, 'publishDiagnostics', error);
      }
    }
  }

  function schedule(uri: string): void {
    if (waiting.size === 0) void drain();
    waiting.add(uri);
  }

  return {
    changed(uri) {
      void session.settings(uri).then(({ run }) => {
        if (run === 'onType') schedule(uri);
      });
    },
    settled(uri) {
      speaker.settle(uri);
      schedule(uri);
    },
    closed(uri) {
      waiting.delete(uri);
      speaker.forget(uri);
      void connection.sendDiagnostics({ uri, diagnostics: [] });
    },
    refresh() {
      for (const { uri } of session.documents.all()) schedule(uri);
    },
  };
}
