import type { Node, Scalar } from '../syntax/document.ts';
import type { Sourced } from './sourced.ts';

/** A framework's option as it stands: the written value, else the framework's default. */
export type OptionValue = Scalar | readonly OptionValue[] | { readonly [key: string]: OptionValue };

/**
 * The options of a run by the framework's own names, aliases resolved. Getters return the written
 * value, else the default with its citation; `UNKNOWN` when it cannot be read as that type.
 */
export interface Options {
  /** Whether the text sets `key` (also to null). */
  has(key: string): boolean;
  /** The written node, if any. */
  node(key: string): Node | undefined;
  /** The written origin's value or the default, unconverted. */
  get(key: string): Sourced<OptionValue>;
  bool(key: string): Sourced<boolean>;
  int(key: string): Sourced<number>;
  float(key: string): Sourced<number>;
  /** Text; null gives `UNKNOWN`, except where nothing else is possible: use `isNull`. */
  text(key: string): Sourced<string>;
  /** A list of texts; one text counts as a list of one. */
  texts(key: string): Sourced<readonly string[]>;
  /** Whether the effective value is null (not set, or set to null / none). */
  isNull(key: string): boolean;
  /** The keys that the text sets, canonical, in order. */
  readonly written: readonly string[];
}
