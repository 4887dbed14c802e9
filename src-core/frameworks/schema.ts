import type { Scalar } from '../syntax/document.ts';
import type { KeyTable } from './key-table.ts';

/** The kinds of value a key takes. */
export type KeyKind = 'bool' | 'int' | 'float' | 'string' | 'list' | 'dict' | 'any';

/** One option of a framework, extracted from its source. */
export interface KeySpec {
  readonly name: string;
  /** Accepted kinds; the first is the usual one. */
  readonly kinds: readonly KeyKind[];
  /** `true` when null / None is accepted. */
  readonly nullable: boolean;
  /** `undefined`: required or computed at run time. */
  readonly default: Scalar | undefined;
  /** The default where it is a list; `default` is undefined then. */
  readonly defaultList?: readonly Scalar[];
  readonly required: boolean;
  readonly choices?: readonly Scalar[];
  /** `true` when other values than `choices` may be legal. */
  readonly choicesOpen?: boolean;
  /** Keys that add choices when they are set, such as a list of plugin files. */
  readonly choicesExtendedBy?: readonly string[];
  readonly aliases?: readonly string[];
  /** A switch of argparse that takes no value: the next word is another argument. */
  readonly flag?: boolean;
  /** Legal in a mode that the file may not show: known, but not worth offering. */
  readonly rare?: boolean;
  /** Values that were legal once. */
  readonly goneValues?: readonly GoneValue[];
  /**
   * First and last release that has the key; absent: since the oldest known / still there.
   * `4.1` means some 4.1.x. A key with `until` stands in `gone` too, with what replaces it: it is
   * legal in some release that the framework allows, so that only a known version condemns it.
   */
  readonly since?: string;
  readonly until?: string;
  /** The package whose releases `since` and `until` count; absent: the framework itself. */
  readonly package?: string;
  /** The framework discourages the key, or refuses it by name: what to write instead, if anything. */
  readonly deprecated?: { readonly now?: string; readonly note?: string };
  /** Scope of the mapping that is the value: `zero_optimization.offload_param`. */
  readonly nested?: string;
  /** Where in the framework's source it is defined: `swift/arguments/sft_args.py:165`; empty: in no table of it. */
  readonly source: string;
  /** One or two sentences in our own words. */
  readonly doc?: string | undefined;
}

/** A key that is gone, or has another name now. */
export interface GoneKey {
  readonly name: string;
  /** Last release that has it. */
  readonly until: string;
  /** The key to use instead; absent when there is none. */
  readonly now?: string;
  /** What to say when the value changes its meaning as well. */
  readonly note?: string;
  /** The package whose releases `until` counts; absent: the framework itself. */
  readonly package?: string;
}

/** A value that a key took once. */
export interface GoneValue {
  readonly value: Scalar;
  /** Last release that takes it. */
  readonly until: string;
  /** The value to write instead; absent when there is none. */
  readonly now?: Scalar;
  /** The package whose releases `until` counts; absent: the framework itself. */
  readonly package?: string;
}

/** What a framework does with a key that it does not know. */
export type UnknownPolicy =
  /** It stops with an error. */
  | 'raise'
  /** It drops the key without a word. */
  | 'drop'
  /** Other keys may be legal here: nothing can be said. */
  | 'open';

/** A set of keys that are legal in one place: a subcommand, a class, a section. */
export interface Scope {
  /** `omegaconf`: a YAML file that has a key twice is refused. */
  readonly loader?: 'omegaconf';
  /** No fork or plugin adds keys here: an unknown one is an error, however far from any known. */
  readonly closed?: boolean;
  /** It is mostly run from a copy of its source of whatever time: where no release is known, it may be an older one. */
  readonly checkout?: boolean;
  /** Programs of one's own read it as well: only a key that looks misspelt is spoken of. */
  readonly shared?: boolean;
  /** A text that stands for "filled in later" and passes every check: DeepSpeed's `auto`. */
  readonly placeholder?: string;
  readonly id: string;
  /** The package whose releases count where a key names none; absent: the run's framework. */
  readonly framework?: string;
  /** A dropped key is named in a line of the log. */
  readonly warns?: boolean;
  /** It is dropped where a module that is not read imports Unsloth, else it stops the run. */
  readonly perhaps?: boolean;
  /** How messages call it: `swift sft`, `TrainingArguments`. */
  readonly title: string;
  readonly keys: KeyTable;
  readonly gone: readonly GoneKey[];
  /** Keys of those that stop it where they are on, though it drops others. */
  readonly refused?: ReadonlySet<string>;
  readonly unknown: UnknownPolicy;
  /** The first release that refuses what does not fit here; older ones drop it. */
  readonly strictSince?: string;
  /** Where options belong that are no keys here: the config of a trainer. */
  readonly home?: Scope;
  /** What the key is called here, where others of the kind have renamed it so and this one never had it. */
  readonly akin?: (key: string) => string | undefined;
  /**
   * `hf`: `--a-b`, `--no_x`, unambiguous prefixes are legal; `dash`: `--a-b` alone, for scripts with
   * options of their own; `exact`: names only.
   */
  readonly names: 'hf' | 'dash' | 'exact';
  /**
   * `pydantic`: values are coerced and refused as pydantic's lax mode does; `unchecked`: values of
   * another type are taken as they are, so that they are suspect and no error.
   */
  readonly values?: 'pydantic' | 'unchecked';
  /** Version and place the keys were read from. */
  readonly origin: string;
}
