import type { LineStore } from '../line-store.ts';
import type { Threads } from './threads.ts';

/** What a command may touch outside of itself. Tests hand in their own. */
export interface Io {
  out(text: string | Uint8Array): void;
  err(text: string): void;
  readStdin(): Buffer;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Width of the terminal behind stdout; absent when it is none. */
  readonly columns?: number;
  readonly isTerminal: boolean;
  /** Absent where all is done in one thread. */
  readonly threads?: Threads;
  /** What runs needed in earlier commands; absent where none is kept. */
  readonly played?: LineStore;
}

/** How a command ends. */
export const EXIT = { clean: 0, findings: 1, trouble: 2 } as const;

/** The user asked for something that does not exist: shown without a stack, exit code 2. */
export class UsageError extends Error {
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}
