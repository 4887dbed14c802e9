import type { GpuRecord } from '../facts/gpu.ts';
import type { Literal } from '../run/fix-intent.ts';
import type { Options } from '../run/options.ts';
import type { KeyProblem } from '../run/problem.ts';
import type { FieldName, RunDraft, RunFields } from '../run/run-fields.ts';
import type { Sourced } from '../run/sourced.ts';
import type { ModelRef } from '../run/training-run.ts';
import type { ArgvStyle } from '../syntax/argv.ts';
import type { Document, Entry, Unit, Word } from '../syntax/document.ts';
import type { Flags } from '../syntax/python/command-line.ts';
import type { Watch } from '../syntax/watch.ts';
import type { Span } from '../text/span.ts';
import type { OptionTable } from './options.ts';
import type { Ceiling, Doubt } from './releases.ts';
import type { KeySpec, Scope } from './schema.ts';

/** One place where options of a run are written. Later sections override earlier ones. */
export interface Section {
  readonly file: string;
  readonly document: Document;
  readonly unit: Unit;
  readonly scope: Scope;
  readonly entries: readonly Entry[];
  /** Words that are no option (argv only): file names, leftovers. */
  readonly leftover: readonly Word[];
  /** Where in the unit the entries stand: the path of a nested mapping, empty at the root. */
  readonly path: readonly string[];
  /** A mapping whose keys are turned into flags before they are read (`swift sft x.yaml`). */
  readonly flags?: boolean;
  /** The framework makes these options itself: the unit shows that, but none can be written in it. */
  readonly implied?: boolean;
  /** The part of a command that the options stand in; absent: all of it. */
  readonly reach?: Span;
  /** A mapping within another: its keys are addressed as `scope.key` alone. */
  readonly nested?: boolean;
  /** How a new option is written in a command; default: `gnu`. */
  readonly style?: ArgvStyle;
  /** The flags that a command has for an option; absent: `--name`. */
  readonly spelled?: (spec: KeySpec) => readonly KeyName[];
}

/** A name of an option without its dashes; a `bare` flag takes no value. */
export interface KeyName {
  readonly name: string;
  readonly bare: boolean;
}

/** How many processes the launcher starts, as far as the text shows. */
export interface Launch {
  /** Processes over all nodes, where the text says so. */
  readonly worldSize?: Sourced<number>;
  /** GPUs that `CUDA_VISIBLE_DEVICES` lets one node see. */
  readonly visibleGpus?: Sourced<number>;
  /** `deepspeed`, `torchrun`, `accelerate`, ... */
  readonly launcher?: string;
  /** The file that the command stands in. */
  readonly file?: string;
  /** Where the launcher's own options stand. */
  readonly reach?: Span;
  /** Options of the launcher itself, such as `--mixed_precision bf16` of accelerate. */
  readonly entries: readonly Entry[];
  /** Environment in force: name to written value. */
  readonly env: readonly Entry[];
}

/** A place for options that holds none yet: whose they are is up to who reads it. */
export type Place = Omit<Section, 'scope' | 'entries' | 'leftover'>;

/** One training run that an adapter found in a document. */
export interface Recognized {
  readonly adapter: Adapter;
  /** What to underline when nothing else is to blame. */
  readonly grip: { readonly file: string; readonly span: Span };
  readonly sections: readonly Section[];
  readonly launch: Launch;
  /** Id of the trainer that fills this config in before it is read; absent: it is read as it stands. */
  readonly within?: string;
  /** `false` for inference, export and the like: keys are checked, no training run is judged. */
  readonly trains: boolean;
  /** The command that starts the program which the sections are of; absent: the sections say it. */
  readonly started?: Place;
  /** Variables of the environment that only this program reads, beside those that any does. */
  readonly reads?: readonly string[];
  /** The command names a config that was not handed over: what is not written may stand in it. */
  readonly unread?: boolean;
  /** The newest release of the framework that has the program which a command starts. */
  readonly newest?: Ceiling;
}

/** What the adapter may ask for while it works. All of it is data, nothing reads a disk. */
export interface AdapterContext {
  /** Asks for a file named in the config; `undefined` when the host has not handed it over (yet). */
  file(path: string, from: string): Document | undefined;
  /** A Python program that is handed over, as it is when a command gives it these flags. */
  program(path: string, flags: Flags): Document | undefined;
  /** A module of a Python program, by its path from the folder of the program. */
  module(path: string, of: Document): Document | undefined;
  /** The adapter of that id, for `Recognized.adapter`. */
  adapter(id: string): Adapter;
  /** Looks a model up: a `config.json` beside a local path wins over the table. */
  model(text: string): ModelRef;
  readonly gpu: Sourced<GpuRecord | null>;
  /** GPU count from a setting or a comment, if any. */
  readonly gpus?: Sourced<number>;
  /** Framework version from a setting, a flag, a requirements file or a copy of the source, if any. */
  version(framework: string): Sourced<string> | undefined;
  /** The newest release that a requirements file allows, where no exact one is known. */
  ceiling(framework: string): Ceiling | undefined;
  /** What may be in use instead, where no exact release is known. */
  doubts(framework: string): readonly Doubt[];
  /** Those of these files, with their paths, that the copy of a framework's source has which names the release. */
  source(framework: string, files: readonly string[]): readonly (readonly [string, string])[];
  /** Whether an adapter that was asked before has the unit: who comes after need not look at it. */
  isTaken?(unit: Unit): boolean;
  /** Notes who looks at the value that is being edited, when one is. */
  readonly watch?: Watch | undefined;
}

/** What lowering yields beside the fields: problems that only the adapter can see. */
export interface Lowered {
  readonly draft: RunDraft;
  readonly problems: readonly KeyProblem[];
}

/** One option to write, in the framework's own spelling. `null` removes it. */
export interface OptionChange {
  readonly key: string;
  readonly to: Literal | null;
  /** Scope id of the section to write to; default: the first that has the key. */
  readonly scope?: string;
}

/**
 * A framework: which documents are its configs, what its keys are, how they become a training run,
 * and how a change of the run is spelled.
 */
export interface Adapter {
  readonly id: string;
  readonly title: string;
  /** The newest version that the tables describe. */
  readonly version: string;
  /** Cheap test on raw text: unless every pattern is found, the adapter is not asked. */
  readonly evidence: readonly RegExp[];
  recognize(document: Document, context: AdapterContext): readonly Recognized[];
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered;
  /** Neutral fields that are one key each. */
  readonly fields: { readonly [K in FieldName]?: string };
  /** Spelling of fields that are more than one key; asked before `fields`. */
  spell?<K extends FieldName>(
    field: K,
    to: RunFields[K],
    options: OptionTable,
  ): readonly OptionChange[] | undefined;
}
