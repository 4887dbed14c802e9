import type { Phrase } from '../text/message.ts';
import type { FieldName, RunFields } from './run-fields.ts';
import type { Origin } from './sourced.ts';

/** A mapping to write, of names to scalars. */
export interface Fields {
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** A value to write: a scalar, or a list or mapping of scalars where the key takes one. */
export type Literal = string | number | boolean | readonly (string | number | boolean)[] | Fields;

/** The origin of a written value. */
export type WrittenOrigin = Extract<Origin, { kind: 'written' }>;

/** One thing to change. What to change is said here; how it is spelled is the adapter's business. */
export type Change =
  | FieldChange
  /** Sets one option of the framework, or removes it when `to` is null. */
  | { readonly kind: 'option'; readonly key: string; readonly to: Literal | null }
  /** Replaces the written value of one entry. */
  | { readonly kind: 'value'; readonly at: WrittenOrigin; readonly to: Literal }
  /** Renames the key of one entry; its value stays. */
  | { readonly kind: 'rename'; readonly at: WrittenOrigin; readonly to: string }
  /** Writes one flag of a command as an override: `--key value` becomes `key=value`. */
  | { readonly kind: 'override'; readonly at: WrittenOrigin }
  /** Removes one entry. */
  | { readonly kind: 'remove'; readonly at: WrittenOrigin };

/** Sets a neutral field of the run. */
export type FieldChange = {
  readonly [K in FieldName]: {
    readonly kind: 'field';
    readonly field: K;
    readonly to: RunFields[K];
  };
}[FieldName];

/**
 * `safe`: the same training. `unsafe`: training changes; offered, never applied by fix-all.
 * `suggestion`: one of several ways, each with its own estimate.
 */
export type Safety = 'safe' | 'unsafe' | 'suggestion';

/** What a fix does, in neutral terms. */
export interface FixIntent {
  readonly title: Phrase;
  readonly safety: Safety;
  readonly changes: readonly Change[];
}

/** Sets the neutral field `field`. */
export function setField<K extends FieldName>(field: K, to: RunFields[K]): Change {
  // The mapped union cannot be built from a generic key without saying so once, here.
  return { kind: 'field', field, to } as FieldChange;
}
