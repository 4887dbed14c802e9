import type { Call, Document, Entry, Node } from '../../syntax/document.ts';
import type { Span } from '../../text/span.ts';

/** Whether a call is one of those that are looked for. */
export type CallTest = (call: Call) => boolean;

/** The calls of a Python file. */
export function callsOf({ units }: Document): readonly Call[] {
  return units.filter((unit): unit is Call => unit.kind === 'call');
}

/**
 * The calls that a value of another call comes from, of those that pass the test: written there, or
 * what its variable was assigned. Several where branches, or functions out of sight, assign it.
 */
export function makersOf(
  value: Node,
  user: Call,
  document: Document,
  test: CallTest,
): readonly Call[] {
  const calls = callsOf(document).filter((call) => call !== user && test(call));
  const text = textOf(value, document);
  const { span } = value;
  if (!/^[A-Za-z_][\w.]*$/.test(text)) {
    const written = calls.find((one) => one.span.start === span.start && one.span.end <= span.end);
    return written === undefined ? [] : [written];
  }
  const named = calls.filter((call) => call.assignedTo === text);
  const seen = named.filter(({ within }) => !within || stands(user, within));
  const own = seen.filter((one) => inOneFunction(one, user) && one.span.start < user.span.start);
  const found = [own, seen, named].find((some) => some.length > 0) ?? [];
  const sure = found.findLastIndex(({ block }) => !block || stands(user, block));
  return sure < 0 ? found : found.slice(sure);
}

/** The calls that are given what a call makes, directly or by the name of its variable. */
export function usersOf(made: Call, document: Document): readonly Call[] {
  return callsOf(document).filter((call) => {
    if (call === made) return false;
    if (stands(made, call.span)) return call.calleeSpan.end <= made.span.start;
    const values = [...call.positional, ...call.entries.map(({ value }) => value)];
    return values.some(
      (value) =>
        textOf(value, document) === made.assignedTo &&
        makersOf(value, call, document, ({ callee }) => /^[A-Z]/.test(callee)).includes(made),
    );
  });
}

/** A value as it is written. */
export function textOf({ span }: Node, { file }: Document): string {
  return file.text.slice(span.start, span.end);
}

/** The nearest call that passes: in the same function first, the last before, else the first behind. */
export function nearest(to: Call, document: Document, test: CallTest): Call | undefined {
  const all = callsOf(document).filter(test);
  const own = all.filter((call) => inOneFunction(call, to));
  const before = (calls: readonly Call[]) =>
    calls.findLast(({ span }) => span.start < to.span.start);
  return before(own) ?? (to.within && own[0]) ?? before(all) ?? all[0];
}

/** Whether a call stands in a part of the text, whose end is the beginning of what follows. */
export function stands({ span: { start } }: Call, part: Span): boolean {
  return part.start <= start && start < part.end;
}

/** Whether two calls stand in one function, or both in none. */
export function inOneFunction(a: Call, b: Call): boolean {
  return a.within?.start === b.within?.start;
}

/** One call in the place of several of which any may have been made: what they do not share is unknown. */
export function either(calls: readonly Call[], document: Document): Call | undefined {
  const last = calls.at(-1);
  const said = ({ value }: Entry) => textOf(value, document);
  const entryOf = (call: Call, key: string) => call.entries.findLast((entry) => entry.key === key);
  const firstOf = ({ positional: [first] }: Call) => first && textOf(first, document);
  if (last === undefined || calls.length === 1) return last;
  const entries = new Map(calls.flatMap((call) => call.entries.map((entry) => [entry.key, entry])));
  const shared = [...entries.values()].map((entry): Entry => {
    const others = calls.map((call) => entryOf(call, entry.key));
    if (others.every((other) => other && said(other) === said(entry))) return entry;
    const { span } = entry.value;
    return { ...entry, value: { kind: 'opaque', span, text: said(entry), why: 'expression' } };
  });
  const positional = calls.every((call) => firstOf(call) === firstOf(last)) ? last.positional : [];
  return { ...last, entries: shared, positional, open: true };
}
