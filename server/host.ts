import type { LineStore } from './line-store.ts';

/** What a host keeps from one session to the next. */
export interface HostMemory {
  /** For estimates: dimensions and settings only, no path and no text of the user's. */
  readonly played: LineStore;
  /** What was said of files, by URI; of their text no more than a digest. */
  readonly findings: LineStore;
  /** A short text that no other text has. */
  digest(text: string): string;
}

/** A file as its folder lists it. */
export interface Listed {
  readonly uri: string;
  readonly bytes: number;
  /** Differs when the file was written in between. */
  readonly written: number;
}

/** What the platform gives the server beside the connection. */
export interface Host {
  /** `node` or `web`; shown in the server's name. */
  readonly platform: 'node' | 'web';
  /** URI of the folder with the rules' pages, where files can be opened by URI. */
  readonly pages?: string;
  readonly memory?: HostMemory;
  /** URI of the user's home: what lies above is nobody's project. */
  readonly home?: string;
  /**
   * The text of a file, or `undefined` when it cannot be read, is no text or is longer than
   * `maxBytes`. Never rejects.
   */
  read(uri: string, maxBytes: number): Promise<string | undefined>;
  /**
   * The files of a folder whose names pass, at most `most` of them; absent where the host has no files of
   * its own. Never rejects.
   */
  list?(
    folder: string,
    passes: (name: string) => boolean,
    most: number,
  ): Promise<readonly Listed[]>;
  /** Whether there is something at the URI. Never rejects. */
  exists(uri: string): Promise<boolean>;
  /** Resolves after the events that are already waiting, so that a cancellation can be seen. */
  breathe(): Promise<void>;
}
