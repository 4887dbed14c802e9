import type { Options, OptionValue } from '../run/options.ts';
import type { RunDraft } from '../run/run-fields.ts';
import { byDefault, type Sourced, UNKNOWN } from '../run/sourced.ts';
import type { Node } from '../syntax/document.ts';
import type { Constraint, ConstraintInput, Violation } from './constraint.ts';

/** What stands for a value that is given out of sight. */
export const GIVEN: Node = {
  kind: 'opaque',
  text: '',
  why: 'variable',
  span: { start: 0, end: 0 },
};

/**
 * Whether a violation may go where options are handed on out of sight (`"$@"`): nothing is at its
 * default then, and every option that is not written may be given.
 */
export function isMendedUnseen(
  constraint: Constraint,
  input: ConstraintInput,
  { at, place }: Violation,
): boolean {
  if (place === undefined && !input.options.has(at)) return true;
  const options = new GivenOptions(input.options);
  const draft = withoutDefaults(input.draft);
  return constraint.check({ ...input, options, draft, unseen: true })?.at !== at;
}

function withoutDefaults(draft: RunDraft): RunDraft {
  const fields = Object.entries(draft).map(([field, said]) => [
    field,
    isDefault(said) ? notSeen() : said,
  ]);
  return Object.fromEntries(fields);
}

/** Whether a value comes of defaults alone. */
function isDefault({ origin }: Sourced<unknown>): boolean {
  if (origin.kind === 'default') return true;
  return origin.kind === 'derived' && origin.from.length > 0 && origin.from.every(isDefault);
}

function notSeen<T>(): Sourced<T> {
  return byDefault<T>(UNKNOWN, 'not seen');
}

/** The options of a run, where those that are not written are given out of sight. */
class GivenOptions implements Options {
  readonly written: readonly string[];

  constructor(private readonly seen: Options) {
    this.written = seen.written;
  }

  has(): boolean {
    return true;
  }

  node(key: string): Node {
    return this.seen.node(key) ?? GIVEN;
  }

  get(key: string): Sourced<OptionValue> {
    return this.seen.has(key) ? this.seen.get(key) : notSeen();
  }

  bool(key: string): Sourced<boolean> {
    return this.seen.has(key) ? this.seen.bool(key) : notSeen();
  }

  int(key: string): Sourced<number> {
    return this.seen.has(key) ? this.seen.int(key) : notSeen();
  }

  float(key: string): Sourced<number> {
    return this.seen.has(key) ? this.seen.float(key) : notSeen();
  }

  text(key: string): Sourced<string> {
    return this.seen.has(key) ? this.seen.text(key) : notSeen();
  }

  texts(key: string): Sourced<readonly string[]> {
    return this.seen.has(key) ? this.seen.texts(key) : notSeen();
  }

  isNull(key: string): boolean {
    return this.seen.has(key) && this.seen.isNull(key);
  }
}
