import type { PlayedStore } from '../src-core/index.ts';

/** What the platform gives the server beside the connection. */
export interface Host {
  /** `node` or `web`; shown in the server's name. */
  readonly platform: 'node' | 'web';
  /** URI of the folder with the rules' pages, where files can be opened by URI. */
  readonly pages?: string;
  /** What is kept of estimates from one session to the next. */
  readonly played?: PlayedStore;
  /**
   * The text of a file, or `undefined` when it cannot be read, is no text or is longer than
   * `maxBytes`. Never rejects.
   */
  read(uri: string, maxBytes: number): Promise<string | undefined>;
  /** Whether there is something at the URI. Never rejects. */
  exists(uri: string): Promise<boolean>;
  /** Resolves after the events that are already waiting, so that a cancellation can be seen. */
  breathe(): Promise<void>;
}
