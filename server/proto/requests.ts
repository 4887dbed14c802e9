/** Requests beside the protocol's own, shared by server and client. */

/** Server to client: the text of a file that the server cannot read itself. */
export const READ_FILE = 'tunelint/readFile';
export interface ReadFileParams {
  readonly uri: string;
  readonly maxBytes: number;
}
export type ReadFileResult = { readonly text: string } | null;

/** Server to client: whether there is something at a URI that the server cannot see itself. */
export const FILE_EXISTS = 'tunelint/fileExists';
export interface FileExistsParams {
  readonly uri: string;
}

/** Client to server: the options of one framework as a page; `null` when it is not known (any more). */
export const OPTIONS_PAGE = 'tunelint/optionsPage';
export interface OptionsPageParams {
  readonly uri: string;
}
/** The scheme of such a page's URI; our own client opens it. */
export const OPTIONS_SCHEME = 'tunelint-options';

/** Client to server: every card of the table, for the picker, the machine's own first. */
export const LIST_GPUS = 'tunelint/gpus';
export interface ListGpusParams {
  /** Names as nvidia-smi prints them, one for each card. */
  readonly detected: readonly string[];
  /** The setting, by whatever name it has for the card. */
  readonly chosen?: string;
}
export interface GpuItem {
  readonly name: string;
  readonly memory: string;
  readonly detail: string;
  /** How many of them the machine has. */
  readonly here?: number;
  /** Whether the setting names it. */
  readonly chosen?: boolean;
}

/** Client to server: what each run of a document needs, for marks beside it and the status bar. */
export const SUMMARY = 'tunelint/summary';
export interface SummaryParams {
  readonly uri: string;
}
export interface SummaryItem {
  /** The document whose run it is: this one, or a launch that stands for it. */
  readonly uri: string;
  /** Which run of that document, from 0: what the panel is asked for. */
  readonly run: number;
  /** The line that the run begins in, from 0. */
  readonly line: number;
  /** `memory fits: ≈ 18.4 of 24.0 GiB`, with the run behind it. */
  readonly text: string;
  /** What the colour says, as mild as the finding; absent without a card. */
  readonly verdict?: 'fits' | 'tight' | 'unlikely' | 'does-not-fit';
  /** Whether something else about the run is an error, so that fitting must not look like success. */
  readonly failing: boolean;
  /** The card the run is judged on, and how many: the file's own comment wins over the setting. */
  readonly gpu?: string;
  readonly gpus: number;
  /** Whether a file says which card it is, so that the setting does not count. */
  readonly named: boolean;
}

/** Server to client: what runs rest on changed outside of them, a setting or a file that they name. */
export const CHANGED = 'tunelint/changed';

/** The scheme of a rule's page in our own client: `tunelint-rule:/fp16-overflows-model.md`. */
export const RULE_SCHEME = 'tunelint-rule';

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
  /** The client opens `tunelint-options:` pages, which it gets by `tunelint/optionsPage`. */
  readonly optionPages?: boolean;
  /** `false`: the user does not trust the workspace; files that nobody has opened or named are left alone. */
  readonly trusted?: boolean;
  /** The client answers `tunelint/readFile` and `tunelint/fileExists`. */
  readonly readFile?: boolean;
}
