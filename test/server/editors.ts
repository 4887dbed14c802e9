import type { ClientCapabilities } from 'vscode-languageserver/node';

/**
 * What editors that cannot be started in a test say of themselves, as far as a server may ask. Kept by
 * hand; each names the source that it was read from.
 */
export interface Editor {
  readonly name: string;
  readonly source: string;
  readonly capabilities: ClientCapabilities;
  /** The id it gives to the language of a file. */
  readonly languageId: (path: string) => string;
  /** The answer to `workspace/configuration`, given the settings of the user. */
  readonly configuration: (settings: object, section: string | undefined) => unknown;
  /** It sends all settings when the server has started. */
  readonly pushes: boolean;
}

const CODE_ACTIONS = { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } } };

function sectionOf(settings: object, section: string | undefined): unknown {
  return section === undefined ? settings : new Map(Object.entries(settings)).get(section);
}

/** The settings that Zed's YAML adapter sends with those of the user. */
const ZED_OWN = { '[yaml]': { 'editor.tabSize': 2 }, yaml: { format: { enable: true } } };

const zed: Editor = {
  name: 'Zed',
  source: 'zed-industries/zed crates/lsp/src/lsp.rs, crates/languages/src/yaml.rs',
  capabilities: {
    general: { positionEncodings: ['utf-16'] },
    workspace: {
      configuration: true,
      didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
      didChangeConfiguration: { dynamicRegistration: true },
      workspaceFolders: true,
      codeLens: { refreshSupport: true },
      workspaceEdit: { documentChanges: true, resourceOperations: ['create', 'rename', 'delete'] },
      applyEdit: true,
    },
    textDocument: {
      synchronization: { didSave: true },
      definition: { linkSupport: true },
      codeAction: { ...CODE_ACTIONS, dataSupport: true, resolveSupport: { properties: ['edit'] } },
      completion: { completionItem: { snippetSupport: true, insertReplaceSupport: true } },
      hover: { contentFormat: ['markdown'] },
      publishDiagnostics: { relatedInformation: true },
      codeLens: { dynamicRegistration: false },
      documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    },
    window: { workDoneProgress: true },
    experimental: { serverStatusNotification: true, localDocs: true },
  },
  // The name of the language in lower case: a script is `shell script`.
  languageId: (path) => (path.endsWith('.sh') ? 'shell script' : 'yaml'),
  configuration: (settings, section) => sectionOf({ ...ZED_OWN, ...settings }, section),
  pushes: true,
};

const lsp4ij: Editor = {
  name: 'LSP4IJ',
  source: 'redhat-developer/lsp4ij internal/capabilities/ClientCapabilitiesFactory.java',
  capabilities: {
    general: { staleRequestSupport: { cancel: true, retryOnContentModified: [] } },
    workspace: {
      applyEdit: true,
      configuration: true,
      workspaceFolders: true,
      workspaceEdit: { documentChanges: true, resourceOperations: ['create', 'delete', 'rename'] },
      didChangeWatchedFiles: { dynamicRegistration: true },
      didChangeConfiguration: { dynamicRegistration: true },
      codeLens: { refreshSupport: true },
      diagnostics: { refreshSupport: true },
    },
    textDocument: {
      publishDiagnostics: { codeDescriptionSupport: true, relatedInformation: true },
      diagnostic: { dynamicRegistration: true, relatedDocumentSupport: true },
      codeAction: {
        ...CODE_ACTIONS,
        dynamicRegistration: true,
        dataSupport: true,
        resolveSupport: { properties: ['edit'] },
      },
      codeLens: { dynamicRegistration: true },
      completion: { completionItem: { snippetSupport: true } },
      definition: { dynamicRegistration: true, linkSupport: true },
      documentLink: { dynamicRegistration: true },
      documentSymbol: { dynamicRegistration: true, hierarchicalDocumentSymbolSupport: true },
      foldingRange: { dynamicRegistration: true },
      hover: { dynamicRegistration: true, contentFormat: ['markdown', 'plaintext'] },
    },
  },
  // Mappings by file name carry no id: the file type of the IDE is what it gives.
  languageId: (path) => (path.endsWith('.sh') ? 'Shell Script' : 'YAML'),
  configuration: sectionOf,
  pushes: false,
};

export const editors: readonly Editor[] = [
  zed,
  { ...zed, name: 'Zed that pulls', capabilities: pulling(zed.capabilities) },
  lsp4ij,
];

function pulling(capabilities: ClientCapabilities): ClientCapabilities {
  const diagnostic = { dynamicRegistration: true };
  return { ...capabilities, textDocument: { ...capabilities.textDocument, diagnostic } };
}
