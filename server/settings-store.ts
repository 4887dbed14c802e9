import type { Connection } from 'vscode-languageserver';
import type { Abilities } from './abilities.ts';
import { parseSettings, type ServerSettings, sectionOf } from './settings.ts';
import { logError } from './shell.ts';

/** The settings in force for each document. */
export interface SettingsStore {
  /** Grows with every change of any setting. */
  readonly epoch: number;
  get(uri: string): Promise<ServerSettings>;
  /** Forgets what the client said; `pushed` is the settings object of clients that push it. */
  reset(pushed?: unknown): void;
  forget(uri: string): void;
}

/** Asks the client for its configuration where it answers, else takes what it pushes. */
export function settingsStore(
  connection: Connection,
  abilities: Abilities,
  initial: unknown,
): SettingsStore {
  const byUri = new Map<string, Promise<ServerSettings>>();
  let pushed = parseSettings(initial);
  let epoch = 0;

  async function ask(uri: string): Promise<ServerSettings> {
    try {
      const scope = { scopeUri: uri, section: 'tunelint' };
      const answer: unknown = await connection.workspace.getConfiguration(scope);
      return parseSettings(answer);
    } catch (error) {
      logError(connection, 'workspace/configuration', error);
      return pushed;
    }
  }

  return {
    get epoch() {
      return epoch;
    },
    get(uri) {
      if (!abilities.configuration) return Promise.resolve(pushed);
      const found = byUri.get(uri) ?? ask(uri);
      byUri.set(uri, found);
      return found;
    },
    reset(settings) {
      byUri.clear();
      epoch += 1;
      const section = sectionOf(settings);
      if (section !== undefined && section !== null) pushed = parseSettings(section);
    },
    forget(uri) {
      byUri.delete(uri);
    },
  };
}
