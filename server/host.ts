/** What the platform gives the server beside the connection. */
export interface Host {
  /** `node` or `web`; shown in the server's name. */
  readonly platform: 'node' | 'web';
  /**
   * The text of a file, or `undefined` when it cannot be read, is no text or is longer than
   * `maxBytes`. Never rejects.
   */
  read(uri: string, maxBytes: number): Promise<string | undefined>;
  /** Resolves after the events that are already waiting, so that a cancellation can be seen. */
  breathe(): Promise<void>;
}
