import type { Entry } from '../syntax/document.ts';
import type { Span } from '../text/span.ts';

/** Where a statement comes from: shown to the user beside what it supports. */
export interface Citation {
  /** What is cited, in a few words: `transformers 5.17 training_args.py:1752`. */
  readonly label: string;
  readonly url?: string;
}

/** Where a value comes from. */
export type Origin =
  | {
      readonly kind: 'written';
      readonly file: string;
      readonly entry: Entry;
      readonly scope: string;
    }
  | { readonly kind: 'default'; readonly by: string; readonly cite?: Citation }
  | { readonly kind: 'derived'; readonly from: readonly Sourced<unknown>[]; readonly how: string }
  | {
      readonly kind: 'setting';
      readonly label: string;
      /** Of a release: whether a copy of the source says so, which may lie before it, or behind it. */
      readonly near?: boolean;
      readonly file?: string;
      readonly span?: Span;
    }
  | { readonly kind: 'fact'; readonly cite?: Citation }
  | { readonly kind: 'overridden'; readonly by: Sourced<unknown>; readonly was: Origin };

/** Marks a value that the text does not let us know. Rules and estimates must say what they do with it. */
export const UNKNOWN: unique symbol = Symbol('unknown');
export type Unknown = typeof UNKNOWN;

/** A value of the run together with where it came from. */
export interface Sourced<T> {
  readonly value: T | Unknown;
  readonly origin: Origin;
}

/** The value, or `undefined` when it is not known. */
export function known<T>(s: Sourced<T>): T | undefined {
  return s.value === UNKNOWN ? undefined : s.value;
}

/** The value, or `fallback` when it is not known. */
export function knownOr<T>(s: Sourced<T>, fallback: T): T {
  return s.value === UNKNOWN ? fallback : s.value;
}

/** Whether the user wrote this value, in a file or through a value it is derived from. */
export function isWritten(s: Sourced<unknown>): boolean {
  return writtenOrigin(s) !== undefined;
}

/** The written origin that decides `s`: its own, or the first found in what it is derived from. */
export function writtenOrigin(
  s: Sourced<unknown>,
): Extract<Origin, { kind: 'written' }> | undefined {
  const { origin } = s;
  if (origin.kind === 'written') return origin;
  if (origin.kind === 'overridden') return writtenOrigin(origin.by);
  if (origin.kind !== 'derived') return undefined;
  for (const part of origin.from) {
    const found = writtenOrigin(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value written in `entry` of `file`. */
export function written<T>(value: T | Unknown, file: string, entry: Entry, scope = ''): Sourced<T> {
  return { value, origin: { kind: 'written', file, entry, scope } };
}

/** A framework's default. */
export function byDefault<T>(value: T | Unknown, by: string, cite?: Citation): Sourced<T> {
  return { value, origin: cite ? { kind: 'default', by, cite } : { kind: 'default', by } };
}

/** A value that follows from others. */
export function derived<T>(
  value: T | Unknown,
  how: string,
  ...from: readonly Sourced<unknown>[]
): Sourced<T> {
  return { value, origin: { kind: 'derived', from, how } };
}
