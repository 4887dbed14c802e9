import type { Severity } from './run/problem.ts';

/** What the user sets outside the file. Everything is optional. */
export interface Settings {
  /** The card, by any of its names: `RTX 4090D`. */
  readonly gpu?: string;
  /** How many of them. */
  readonly gpus?: number;
  /** `true` when card and count come from the command line: they win over a comment in the file. */
  readonly hardwareWins?: boolean;
  /** Reads every file as a config of this framework. */
  readonly framework?: string;
  /** Framework versions: `{ "transformers": "4.57.6" }`. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Severity by rule id. */
  readonly rules?: Readonly<Record<string, Severity | 'off'>>;
}
