import { type Command, forEachChild, type ParsedScript, type SyntaxNode } from 'unbash';
import { lazy } from '../../text/lazy.ts';
import { type Span, span } from '../../text/span.ts';
import type { Assigned, Comment } from '../document.ts';

/** What one look over the whole tree gives. */
export interface Survey {
  /** Names that the script assigns more than once. */
  readonly reassigned: ReadonlySet<string>;
  /** Places where `#` does not open a comment, in order. */
  readonly covered: readonly Span[];
  /** Words of several lines, and heredocs from their operator on, in order. */
  readonly unbroken: readonly Span[];
  /** Assignments with no command behind them, in order. */
  readonly assigned: readonly Assigned[];
  /** `false` for scripts with so many exports that they are no training script. */
  readonly exportable: boolean;
}

const MAX_EXPORTS = 2_000;

/** A look over the whole tree when something of it is first asked for. */
export function lazySurvey(script: ParsedScript, source: string): Survey {
  const whole = lazy(() => surveyScript(script, source));
  const exportable = lazy(() => hasFew(source, '=', MAX_EXPORTS) || whole().exportable);
  return {
    get reassigned() {
      return whole().reassigned;
    },
    get covered() {
      return whole().covered;
    },
    get unbroken() {
      return whole().unbroken;
    },
    get assigned() {
      return whole().assigned;
    },
    get exportable() {
      return exportable();
    },
  };
}

function hasFew(text: string, letter: string, most: number): boolean {
  let left = most;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1))
    if (--left < 0) return false;
  return true;
}

/** Walks the tree once, words left closed. */
function surveyScript(script: ParsedScript, source: string): Survey {
  const counts = new Map<string, number>();
  const covered: Span[] = [];
  const heredocs: Span[] = [];
  const assigned: Assigned[] = [];
  let exportsSeen = 0;
  visit(script, (node) => {
    if (node.type === 'Word' || node.type === 'HereDocBody') covered.push(span(node.pos, node.end));
    if (node.type === 'HereDoc') {
      heredocs.push(span(node.pos, node.closing?.end ?? node.body.end));
    }
    if (node.type === 'Assignment') {
      counts.set(node.name, (counts.get(node.name) ?? 0) + 1);
      exportsSeen++;
    }
    if (node.type === 'Command' && node.name === undefined) assigned.push(...assignedBy(node));
    if (node.type === 'For' || node.type === 'Select') counts.set(node.name.value, 2);
    if (node.type === 'ArithmeticCommand' || node.type === 'TestCommand') {
      covered.push(span(node.pos, node.end));
    }
  });
  const inOrder = (a: Span, b: Span) => a.start - b.start;
  covered.sort(inOrder);
  const long = covered.filter((one) => source.slice(one.start, one.end).includes('\n'));
  const reassigned = new Set([...counts].filter(([, n]) => n > 1).map(([name]) => name));
  return {
    reassigned,
    covered: covered.filter((s) => s.end <= source.length),
    unbroken: [...long, ...heredocs].sort(inOrder),
    assigned: assigned.sort((a, b) => inOrder(a.span, b.span)),
    exportable: exportsSeen <= MAX_EXPORTS,
  };
}

/** What a command without a name assigns. */
function assignedBy({ prefix, pos, end }: Command): readonly Assigned[] {
  return prefix
    .filter((part) => part.type === 'Assignment')
    .map((one) => ({ name: one.name, span: span(one.pos, one.end), statement: span(pos, end) }));
}

/** Names that anything under `node` assigns. */
export function assignedNames(node: SyntaxNode): string[] {
  const names = new Set<string>();
  visit(node, (inner) => {
    if (inner.type === 'Assignment') names.add(inner.name);
    if (inner.type === 'For' || inner.type === 'Select') names.add(inner.name.value);
    if (inner.type === 'ArithmeticWord') names.add(inner.value);
    if (inner.type === 'Command' && inner.name?.value === 'read') {
      for (const arg of inner.args) if (arg.type === 'Word') names.add(arg.value);
    }
  });
  return [...names];
}

/** Names to which everything under `nodes` only appends: `ARGS+=(--x)`. */
export function onlyAppended(nodes: readonly SyntaxNode[]): ReadonlySet<string> {
  const appended = new Set<string>();
  const others = new Set<string>();
  for (const node of nodes)
    visit(node, (inner) => {
      if (inner.type === 'Assignment' && inner.append === true) appended.add(inner.name);
      else if (inner.type === 'Assignment') others.add(inner.name);
    });
  return new Set([...appended].filter((name) => !others.has(name)));
}

function visit(root: SyntaxNode, look: (node: SyntaxNode) => void): void {
  const stack: SyntaxNode[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    look(node);
    if (node.type !== 'Word') forEachChild(node, (child) => void stack.push(child));
  }
}

/** The comments of a script: each `#` that opens a word outside the covered places. */
export function shellComments(source: string, covered: readonly Span[]): Comment[] {
  const comments: Comment[] = [];
  let next = 0;
  for (let at = source.indexOf('#'); at >= 0; at = source.indexOf('#', at + 1)) {
    while ((covered[next]?.end ?? Number.POSITIVE_INFINITY) <= at) next++;
    const cover = covered[next];
    if (cover !== undefined && cover.start <= at) continue;
    if (at > 0 && !/[\s;&|()]/.test(source[at - 1] ?? '')) continue;
    const end = lineEnd(source, at);
    comments.push({ span: span(at, end), text: source.slice(at + 1, end) });
    at = end;
  }
  return comments;
}

function lineEnd(source: string, at: number): number {
  const newline = source.indexOf('\n', at);
  const end = newline < 0 ? source.length : newline;
  return source[end - 1] === '\r' ? end - 1 : end;
}
