import {
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
  type WorkspaceFolder,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { abilitiesOf } from './abilities.ts';
import { type ClosedScripts, closedScripts, isScript } from './closed-scripts.ts';
import type { Core } from './core.ts';
import { FIX_ALL_KIND, registerCodeActions } from './features/code-actions.ts';
import { registerCompletion, TRIGGER_CHARACTERS } from './features/completion.ts';
import { registerDefinition } from './features/definition.ts';
import { type DiagnosticsFeature, registerDiagnostics } from './features/diagnostics.ts';
import { registerFolding } from './features/folding.ts';
import { registerGpus } from './features/gpus.ts';
import { registerHover } from './features/hover.ts';
import { lensRefresh } from './features/lens-refresh.ts';
import { registerLinks } from './features/links.ts';
import { registerOptionPages } from './features/option-pages.ts';
import { registerPanel } from './features/panel.ts';
import { registerRules, ruleLinks } from './features/rules.ts';
import { registerSummary } from './features/summary.ts';
import { registerSymbols } from './features/symbols.ts';
import type { Host } from './host.ts';
import { launchersOf } from './launchers.ts';
import { begin, followLifecycle } from './lifecycle.ts';
import { localizer } from './localize.ts';
import { followNotebooks, NOTEBOOK_SYNC } from './notebooks.ts';
import type { InitializationOptions } from './proto/requests.ts';
import { recallOf } from './recall.ts';
import { type RelatedFiles, relatedFiles } from './related-files.ts';
import { createSession } from './session.ts';
import { type SettingsStore, settingsStore } from './settings-store.ts';
import { logError, type Shell } from './shell.ts';
import { pathOf } from './uris.ts';

/** Files whose change on disk can change the analysis of a document that names them. */
const WATCHED = [
  '**/*.{yaml,yml,json,jsonc,py,sh,bash,zsh,slurm,sbatch,mk}',
  '**/{GNUmakefile,Makefile,makefile}',
  '**/{*requirement*.txt,requirements/*.txt,pyproject.toml,setup.cfg,Pipfile,*.lock,VERSION}',
];

export type Serve = typeof serve;

/** Serves `connection`. The core does the work; this listens and translates. */
export function serve(connection: Connection, host: Host, core: Core): void {
  const documents = new TextDocuments(TextDocument);
  core.keepPlayed(host.memory?.played);
  followLifecycle(connection);
  connection.onInitialize((params) => {
    const again = begin(connection);
    if (again !== undefined) return again;
    const abilities = abilitiesOf(params.capabilities);
    const settings = settingsStore(connection, abilities, params.initializationOptions);
    const folders = (params.workspaceFolders ?? []).map(rootOf);
    const related = relatedFiles(host, documents, () => folders);
    const report = (message: string) => connection.console.error(message);
    const notebooks = followNotebooks(connection, documents);
    let refresh = () => {};
    const options: unknown = params.initializationOptions;
    const scripts = scriptsOn(host, documents, folders, options);
    const session = createSession({
      ...{ core, host, documents, settings, related, notebooks, scripts, report },
      joined: () => refresh(),
    });
    const shows = {
      rulePages: has(options, 'rulePages'),
      optionPages: has(options, 'optionPages'),
      panel: has(options, 'panel'),
    };
    const say = localizer(params.locale);
    const stamp = JSON.stringify([params.locale, abilities, shows, folders]);
    const recall = recallOf(host, session, related, stamp);
    const launchers =
      scripts &&
      launchersOf({
        ...{ session, closed: scripts, host },
        changed: () => refresh(),
        failed: (error) => logError(connection, 'launchers', error),
      });
    const shell: Shell = {
      ...{ connection, core, host, session, recall, launchers, abilities, shows },
      ...{ folders, say, ruleLink: ruleLinks(shows, host) },
    };
    const diagnostics = registerDiagnostics(shell);
    registerHover(shell);
    registerCompletion(shell);
    registerCodeActions(shell);
    registerGpus(shell);
    registerRules(shell);
    registerPanel(shell);
    registerSummary(shell);
    registerLinks(shell);
    registerDefinition(shell, registerOptionPages(shell));
    registerSymbols(shell);
    registerFolding(shell);
    const refreshLenses = lensRefresh(shell);
    refresh = () => {
      diagnostics.refresh();
      refreshLenses();
    };
    followDocuments(shell, diagnostics, refresh);
    notebooks.onCells(refresh);
    notebooks.onClose((uri) => session.forget(uri));
    followSettings(shell, settings, related, refresh);
    connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) => {
      const gone = new Set(event.removed.map(rootOf));
      const left = folders.filter((folder) => !gone.has(folder));
      folders.splice(0, folders.length, ...left, ...event.added.map(rootOf));
      related.forget();
      settings.reset();
      launchers?.again();
      refresh();
    });
    return initializeResult(params, host);
  });
  documents.listen(connection);
  connection.listen();
}

/** The scripts on the disk, where the host has files and the user trusts them. */
function scriptsOn(
  { list, read }: Host,
  documents: TextDocuments<TextDocument>,
  folders: readonly string[],
  options: unknown,
): ClosedScripts | undefined {
  const isTrusted = !has(options, 'trusted') || options.trusted !== false;
  return list && isTrusted ? closedScripts({ list, read }, documents, folders) : undefined;
}

/** A folder of the workspace as the folders of files are written. */
const rootOf = ({ uri }: WorkspaceFolder): string => uri.replace(/\/$/, '');

/** Whether the client says that it has `name`. */
function has<N extends keyof InitializationOptions>(
  options: unknown,
  name: N,
): options is Readonly<Record<N, unknown>> {
  return typeof options === 'object' && options !== null && name in options;
}

function initializeResult({ capabilities }: InitializeParams, host: Host): InitializeResult {
  const pull = capabilities.textDocument?.diagnostic !== undefined;
  const notebooks = capabilities.notebookDocument !== undefined;
  return {
    serverInfo: { name: `tunelint (${host.platform})` },
    capabilities: {
      positionEncoding: 'utf-16',
      textDocumentSync: {
        openClose: true,
        change: TextDocumentSyncKind.Incremental,
        save: { includeText: false },
      },
      ...(notebooks ? { notebookDocumentSync: NOTEBOOK_SYNC } : {}),
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      hoverProvider: true,
      codeLensProvider: {},
      documentLinkProvider: {},
      definitionProvider: true,
      documentSymbolProvider: true,
      foldingRangeProvider: true,
      completionProvider: { triggerCharacters: TRIGGER_CHARACTERS },
      codeActionProvider: { codeActionKinds: ['quickfix', FIX_ALL_KIND] },
      ...(pull
        ? {
            diagnosticProvider: {
              identifier: 'tunelint',
              interFileDependencies: true,
              workspaceDiagnostics: false,
            },
          }
        : {}),
    },
  };
}

function followDocuments(
  { session, launchers, abilities }: Shell,
  diagnostics: DiagnosticsFeature,
  refresh: () => void,
): void {
  const { documents } = session;
  const touch = (uri: string) => {
    if (session.touch(uri).length > 0) refresh();
  };
  documents.onDidOpen(({ document }) => diagnostics.settled(document.uri));
  documents.onDidSave(({ document }) => {
    diagnostics.settled(document.uri);
    touch(document.uri);
    if (!abilities.watchFiles) launchers?.again();
  });
  documents.onDidChangeContent(({ document }) => {
    diagnostics.changed(document.uri);
    touch(document.uri);
  });
  documents.onDidClose(({ document }) => {
    touch(document.uri);
    session.forget(document.uri);
    diagnostics.closed(document.uri);
    launchers?.closed(document.uri);
  });
}

function followSettings(
  { connection, session, launchers, abilities }: Shell,
  settings: SettingsStore,
  related: RelatedFiles,
  refresh: () => void,
): void {
  connection.onInitialized(() => {
    const registrations: Promise<unknown>[] = [];
    if (abilities.configurationEvents) {
      const section = { section: 'tunelint' };
      const { type } = DidChangeConfigurationNotification;
      registrations.push(connection.client.register(type, section));
    }
    if (abilities.watchFiles) {
      const watchers = WATCHED.map((globPattern) => ({ globPattern }));
      const { type } = DidChangeWatchedFilesNotification;
      registrations.push(connection.client.register(type, { watchers }));
    }
    Promise.all(registrations).catch((error) => logError(connection, 'registration', error));
  });
  connection.onDidChangeConfiguration(({ settings: pushed }) => {
    settings.reset(pushed);
    refresh();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const { uri } of changes) related.forget(uri);
    if (changes.flatMap(({ uri }) => session.touch(uri)).length > 0) refresh();
    if (changes.some(({ uri }) => isScript(pathOf(uri)))) launchers?.again();
  });
}
