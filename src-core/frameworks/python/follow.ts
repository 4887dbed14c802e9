import type { Call, Document, Entry, Node } from '../../syntax/document.ts';
import type { Span } from '../../text/span.ts';

/** Whether a call is one of those that are looked for. */
export type CallTest = (call: Call) => boolean;

/** The calls of a file, by the variable that they are assigned to, and by the values that they are given. */
interface Index {
  readonly calls: readonly Call[];
  readonly assigned: ReadonlyMap<string, readonly Call[]>;
  /** By the attribute of a class that they are assigned to. */
  readonly attributes: ReadonlyMap<string, readonly Call[]>;
  readonly given: ReadonlyMap<string, readonly (readonly [Call, Node])[]>;
}

const indexes = new WeakMap<Document, Index>();

function indexOf(document: Document): Index {
  const known = indexes.get(document);
  if (known !== undefined) return known;
  const calls = document.units.filter((unit): unit is Call => unit.kind === 'call');
  const given = calls.flatMap((call) =>
    [...call.positional, ...call.entries.map(({ value }) => value)].map(
      (value) => [call, value] as const,
    ),
  );
  const index = {
    calls,
    assigned: grouped(calls, ({ assignedTo = '' }) => assignedTo),
    attributes: grouped(
      calls.filter(({ ofClass }) => ofClass),
      ({ assignedTo = '' }) => assignedTo,
    ),
    given: grouped(given, ([, value]) => attributeOf(textOf(value, document))),
  };
  indexes.set(document, index);
  return index;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** The calls of a Python file. */
export function callsOf(document: Document): readonly Call[] {
  return indexOf(document).calls;
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
  const { calls, assigned, attributes } = indexOf(document);
  const passes = (call: Call) => call !== user && test(call);
  const text = textOf(value, document);
  const { span } = value;
  if (!NAME.test(text)) {
    const written = calls.find(
      (one) => one.span.start === span.start && one.span.end <= span.end && passes(one),
    );
    return written === undefined ? [] : [written];
  }
  const named = (assigned.get(text) ?? attributes.get(attributeOf(text)) ?? []).filter(passes);
  const seen = named.filter(({ within }) => !within || stands(user, within));
  const own = seen.filter((one) => inOneFunction(one, user) && one.span.start < user.span.start);
  const found = [own, seen, named].find((some) => some.length > 0) ?? [];
  const sure = found.findLastIndex(({ block }) => !block || stands(user, block));
  return sure < 0 ? found : found.slice(sure);
}

/** A variable, or an attribute of one or of what a class makes: `Config().bnb`. */
const NAME = /^[A-Za-z_]\w*(?:(?:\(\))?\.\w+)*$/;

/** The last name of an attribute, by which a class's own is known; any other text is its own. */
function attributeOf(text: string): string {
  return NAME.test(text) ? text.slice(text.lastIndexOf('.') + 1) : text;
}

/** The calls that are given what a call makes, directly or by the name of its variable. */
export function usersOf(made: Call, document: Document): readonly Call[] {
  const known = used.get(document) ?? new Map<Call, readonly Call[]>();
  const users = known.get(made) ?? findUsers(made, document);
  used.set(document, known.set(made, users));
  return users;
}

/** Each run asks of every call. */
const used = new WeakMap<Document, Map<Call, readonly Call[]>>();

function findUsers(made: Call, document: Document): readonly Call[] {
  const users = namedUsers(document).get(made);
  return callsOf(document).filter((call) => {
    if (call === made) return false;
    const around = stands(made, call.span);
    return around ? call.calleeSpan.end <= made.span.start : users?.has(call);
  });
}

const named = new WeakMap<Document, ReadonlyMap<Call, ReadonlySet<Call>>>();

/** The calls that are given an object by the name of its variable, by the call that makes it. */
function namedUsers(document: Document): ReadonlyMap<Call, ReadonlySet<Call>> {
  const known = named.get(document);
  if (known !== undefined) return known;
  const { assigned, given } = indexOf(document);
  const users = new Map<Call, Set<Call>>();
  for (const name of new Set([...assigned.keys()].map(attributeOf))) {
    for (const [user, value] of given.get(name) ?? []) {
      for (const made of makersOf(value, user, document, isObject))
        users.set(made, (users.get(made) ?? new Set()).add(user));
    }
  }
  named.set(document, users);
  return users;
}

const isObject: CallTest = ({ callee }) => /^[A-Z]/.test(callee);

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
    return { ...entry, value: { kind: 'opaque', span, text: said(entry), why: 'variable' } };
  });
  const positional = calls.every((call) => firstOf(call) === firstOf(last)) ? last.positional : [];
  return { ...last, entries: shared, positional, several: true, open: true };
}
