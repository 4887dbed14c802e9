import type { Phrase } from '../text/message.ts';
import type { FixIntent } from './fix-intent.ts';
import type { Citation, Sourced } from './sourced.ts';

/** `error`: it will fail; `warning`: it probably hurts; `info`, `hint`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info' | 'hint';

/** How we know: the framework does it, it was measured, users report it, or it follows from arithmetic. */
export type ClaimLevel = 'framework' | 'measured' | 'reported' | 'arithmetic';

/** Whether it is an error: a problem that names no severity is one. */
export function isError({ severity }: { readonly severity?: Severity }): boolean {
  return severity === undefined || severity === 'error';
}

/**
 * Something the adapter saw while it read the keys. The rules of the groups `keys` and `syntax` turn each
 * into a finding; `rule` names the one.
 */
export interface KeyProblem {
  readonly rule:
    | 'unknown-key'
    | 'ignored-key'
    | 'renamed-key'
    | 'removed-key'
    | 'gone-import'
    | 'wrong-type'
    | 'bad-choice'
    | 'duplicate-key'
    | 'missing-key'
    | 'rejected-combination'
    | 'overridden-key'
    | 'nothing-trained'
    | 'evaluation-keeps-logits'
    | 'syntax-error';
  /** Where: a written value, or any value of the run when nothing is written. */
  readonly at: Sourced<unknown>;
  /** Underline the key rather than the value. */
  readonly onKey?: boolean;
  readonly severity?: Severity;
  readonly message: Phrase;
  readonly cite?: Citation;
  readonly fixes?: readonly FixIntent[];
  readonly related?: readonly { readonly at: Sourced<unknown>; readonly message: Phrase }[];
}
