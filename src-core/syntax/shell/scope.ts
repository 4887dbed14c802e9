import type { Span } from '../../text/span.ts';
import type { OpaqueNode, Word } from '../document.ts';

/** Text of a word before splitting. `home` and `from` say where it stands if a variable gave it. */
export interface Piece {
  readonly text: string;
  readonly span: Span;
  /** Whether `text` is, letter for letter, the text at `home ?? span`. */
  readonly exact: boolean;
  readonly quoted: boolean;
  readonly expanded: boolean;
  readonly home?: Span;
  readonly from?: Span;
  readonly opaque?: OpaqueNode['why'];
}

/** What a shell variable holds at one point of the script. */
export type Binding =
  | {
      readonly kind: 'text';
      readonly pieces: readonly Piece[];
      readonly span: Span;
    }
  | { readonly kind: 'array'; readonly words: readonly Word[]; readonly span: Span }
  | { readonly kind: 'unknown'; readonly why: OpaqueNode['why'] };

/** One name that is exported, with the place that exported it. */
export interface Exported {
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
}

/** Variables of one level; a branch, loop or function body is a child of its surroundings. */
export interface Scope {
  readonly own: Map<string, Binding>;
  readonly exports: Map<string, Exported>;
  readonly locals: Set<string>;
  readonly parent: Scope | undefined;
  /** In a function body: names whose value at call time is not their value here. */
  readonly unstable: ReadonlySet<string> | undefined;
}

/** A scope inside `parent`, or the outermost one. */
export function childScope(parent?: Scope, unstable?: ReadonlySet<string>): Scope {
  return { own: new Map(), exports: new Map(), locals: new Set(), parent, unstable };
}

/** The value of `name`, or `undefined` when the script assigns none. */
export function lookup(scope: Scope, name: string): Binding | undefined {
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) {
    const own = s.own.get(name);
    if (own !== undefined) return own;
    if (s.unstable?.has(name) === true) return { kind: 'unknown', why: 'variable' };
  }
  return undefined;
}

/** Names exported in `scope` and around it, outermost first. */
export function exported(scope: Scope): ReadonlyMap<string, Exported> {
  const around = scope.parent === undefined ? undefined : exported(scope.parent);
  if (around === undefined || around.size === 0) return scope.exports;
  if (scope.exports.size === 0) return around;
  return new Map([...around, ...scope.exports]);
}

/**
 * Takes over what `branches` assigned: a name with the same text in every branch (and before them,
 * unless one branch surely ran) keeps it, any other becomes unknown.
 */
export function mergeBranches(scope: Scope, branches: readonly Scope[], oneRan: boolean): void {
  const names = new Set(branches.flatMap((b) => [...b.own.keys()]));
  for (const name of names) {
    const before = lookup(scope, name);
    const ends = branches.map((b) => lookup(b, name));
    if (!oneRan) ends.push(before);
    const first = ends[0];
    const same = first !== undefined && ends.every((e) => e !== undefined && sameText(e, first));
    const longer = ends.every((e) => startsWith(e, before)) ? grown(before) : undefined;
    scope.own.set(name, same ? first : (longer ?? { kind: 'unknown', why: 'variable' }));
  }
  for (const branch of branches) {
    for (const [name, at] of branch.exports) scope.exports.set(name, at);
  }
}

/** What `before` is when something unknown may have been added behind it. */
export function grown(before: Binding | undefined): Binding | undefined {
  if (before === undefined || before.kind === 'unknown') return undefined;
  const { span } = before;
  const more = { text: '$_', span, quoted: false, opaque: 'variable' } as const;
  if (before.kind === 'array') {
    const value = { kind: 'opaque', span, text: more.text, why: more.opaque } as const;
    return {
      ...before,
      words: [...before.words, { span, from: span, raw: '', value, pieces: [more] }],
    };
  }
  const gap = { text: ' ', span, exact: false, quoted: false, expanded: true };
  const tail = { ...more, exact: false, expanded: true };
  return { ...before, pieces: [...before.pieces, gap, tail] };
}

function startsWith(longer: Binding | undefined, before: Binding | undefined): boolean {
  if (longer?.kind === 'array' && before?.kind === 'array')
    return before.words.every((word, i) => longer.words[i]?.raw === word.raw);
  if (longer?.kind !== 'text' || before?.kind !== 'text') return false;
  const head = plainText(before.pieces);
  const whole = plainText(longer.pieces);
  const more = whole.slice(head.length);
  // A longer path or name is another value, words behind the old ones are more options.
  const apart = more === '' || /^\s/.test(more) || /\s$/.test(head);
  return head.trim() !== '' && whole.startsWith(head) && apart;
}

function sameText(a: Binding, b: Binding): boolean {
  if (a === b) return true;
  if (a.kind !== 'text' || b.kind !== 'text') return false;
  const known = (x: readonly Piece[]) => x.every((p) => p.opaque === undefined);
  return known(a.pieces) && known(b.pieces) && plainText(a.pieces) === plainText(b.pieces);
}

/** The text of `pieces`, opaque ones as written. */
export function plainText(pieces: readonly Piece[]): string {
  return pieces.map((p) => p.text).join('');
}
