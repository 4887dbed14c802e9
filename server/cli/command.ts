import type { Args, Flag } from './flags.ts';
import type { Io } from './io.ts';

/** One subcommand. */
export interface Command {
  readonly name: string;
  /** What stands behind the name: `[PATHS | -]`. */
  readonly operands: string;
  /** One line, imperative. */
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** Lines below the options in the help. */
  readonly notes?: readonly string[];
  /** Gives the exit code. */
  run(args: Args, io: Io): number | Promise<number>;
}
