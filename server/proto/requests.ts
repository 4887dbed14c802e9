/** Requests beside the protocol's own, shared by server and client. */

/** Server to client: the text of a file that the server cannot read itself. */
export const READ_FILE = 'tunelint/readFile';
export interface ReadFileParams {
  readonly uri: string;
  readonly maxBytes: number;
}
export type ReadFileResult = { readonly text: string } | null;

/** Client to server: every card of the table, for the picker, the machine's own first. */
export const LIST_GPUS = 'tunelint/gpus';
export interface ListGpusParams {
  /** Names as nvidia-smi prints them, one for each card. */
  readonly detected: readonly string[];
}
export interface GpuItem {
  readonly name: string;
  readonly memory: string;
  readonly detail: string;
  /** How many of them the machine has. */
  readonly here?: number;
}

/** Client to server: every rule, for the picker. */
export const LIST_RULES = 'tunelint/rules';
export interface RuleItem {
  readonly id: string;
  readonly summary: string;
}

/** What the client says about itself in `initializationOptions`. */
export interface InitializationOptions {
  /** The client has the command `tunelint.explainRule`. */
  readonly rulePages?: boolean;
  /** The client has the command `tunelint.showMemory`. */
  readonly panel?: boolean;
  /** The client answers `tunelint/readFile`. */
  readonly readFile?: boolean;
}
