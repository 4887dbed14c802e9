import { type Change, changeBetween, holds, moved } from '../text/change.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { Span } from '../text/span.ts';
import type {
  Assigned,
  Command,
  Comment,
  Document,
  Entry,
  Node,
  ScalarNode,
  Unit,
  Word,
} from './document.ts';
import { CONTROL_CHARACTER } from './fault.ts';
import { plainValue, readsAhead } from './plain.ts';
import { type Said, Watch } from './watch.ts';

/** A document made from an earlier one, and the edit between them. */
export interface Reread {
  readonly document: Document;
  readonly change: Change;
  /** The units that may say something else than before; none where a comment was edited. */
  readonly edited: Edited;
  /** Watches the value that was edited, when one was. Nobody has looked at it yet. */
  readonly watch?: Watch | undefined;
}

/**
 * In place of `gone` units from the one with number `first` on there are `came` now. All others say what they
 * did, be it at another place.
 */
export interface Edited {
  readonly first: number;
  readonly gone: number;
  readonly came: number;
}

/**
 * The document of `file`, made from that of the text before one small edit, or `undefined` when
 * only the parser can tell. An edit inside a comment, or inside one plain value, leaves everything
 * else as it was, except that what lies behind it moves. Equal to what the parser would give; unit
 * by unit it stands for the units of `before`, and those that did not move are the same objects.
 */
export function reparse(before: Document, file: SourceFile): Reread | undefined {
  const { language, text } = file;
  if (language !== 'shell' && language !== 'yaml' && language !== 'json') return undefined;
  if (before.problems.length > 0 || before.fault !== undefined) return undefined;
  if (before.file.language !== language) return undefined;
  const change = changeBetween(before.file.text, text);
  if (change === undefined || SPLITTING.test(change.text) || MASKED.test(text)) return undefined;
  const mover = new Mover(before.file.text, file, change);
  const comments = mover.comments(before.comments);
  const units = before.units.map((unit) => mover.unit(unit));
  const unbroken = before.unbroken?.map((span) => mover.whole(span));
  const assigned = before.assigned?.map((one) => mover.assigned(one));
  const more = { ...(unbroken && { unbroken }), ...(assigned && { assigned }) };
  const document = { file, units, problems: [], comments, ...more };
  if (!mover.good) return undefined;
  const first = before.units.findIndex(({ span }) => holds(span, change));
  const one = first < 0 ? 0 : 1;
  const edited = { first: Math.max(0, first), gone: one, came: one };
  return { document, change, edited, watch: mover.watch };
}

/** Letters of which one alone ends a line, or the file for its loader. */
const SPLITTING = new RegExp(`${CONTROL_CHARACTER.source}|[\\r\\n]`, 'u');

/** What parsers blank out before they parse, line ends that they rewrite, texts within the text. */
const MASKED = /\{\{|<[A-Za-z_<]|\r/;

/** A comment that decides what the script's environment holds. */
const FOR_SLURM = /^SBATCH/;

/** Moves the parts of a document; `good` in the end when exactly one kind of thing was edited. */
class Mover {
  watch: Watch | undefined;
  private torn = false;
  private inComment = false;
  private inValue = false;
  private readonly old: string;
  private readonly file: SourceFile;
  private readonly change: Change;

  constructor(old: string, file: SourceFile, change: Change) {
    this.old = old;
    this.file = file;
    this.change = change;
  }

  get good(): boolean {
    return !this.torn && this.inComment !== this.inValue;
  }

  comments(all: readonly Comment[]): readonly Comment[] {
    return all.map((comment) => {
      const span = this.span(comment.span);
      if (!holds(comment.span, this.change))
        return span === comment.span ? comment : { ...comment, span };
      const mark = this.file.language === 'json' ? '//' : '#';
      const inside = this.change.start >= comment.span.start + mark.length;
      if (!inside || !this.old.startsWith(mark, comment.span.start) || this.cutsLines())
        this.torn = true;
      this.inComment = true;
      const text = this.file.text.slice(span.start + mark.length, span.end);
      if (FOR_SLURM.test(comment.text) || FOR_SLURM.test(text)) this.torn = true;
      return { span, text };
    });
  }

  whole(span: Span): Span {
    return this.span(span);
  }

  assigned(one: Assigned): Assigned {
    const span = this.span(one.span);
    if (span === one.span) return one;
    return { ...one, span, statement: this.span(one.statement) };
  }

  private cutsLines(): boolean {
    return this.old.slice(this.change.start, this.change.end).includes('\n');
  }

  unit(unit: Unit): Unit {
    const apart = unit.span.end < this.change.start;
    if (apart || (this.change.by === 0 && !holds(unit.span, this.change))) return unit;
    if (unit.kind === 'command') return this.command(unit);
    if (unit.kind !== 'mapping') return this.lost(unit);
    const root = this.node(unit.root);
    return root.kind === 'map'
      ? { kind: 'mapping', span: this.span(unit.span), root }
      : this.lost(unit);
  }

  private command(unit: Command): Command {
    const fixed = holds(unit.span, this.change) && readsAhead(unit);
    return {
      kind: 'command',
      span: this.span(unit.span),
      env: unit.env.map((entry) => this.untouched(this.entry(entry), entry.span)),
      words: unit.words.map((word, i) =>
        fixed || i === 0 ? this.untouched(this.word(word), word.span) : this.word(word),
      ),
    };
  }

  private word(word: Word): Word {
    const { span, value, from } = word;
    const touched = holds(span, this.change);
    const [piece, ...more] = word.pieces;
    const simple =
      piece !== undefined &&
      more.length === 0 &&
      value.kind === 'scalar' &&
      value.text === word.raw;
    if (touched && (!simple || value.quoted)) return this.lost(word);
    const to = this.span(span);
    const raw = touched ? this.file.text.slice(to.start, to.end) : word.raw;
    const pieces = word.pieces.map((one) => ({
      ...one,
      ...(touched && { text: raw }),
      span: this.span(one.span),
      ...(one.via && { via: this.fixed(one.via) }),
    }));
    return {
      span: to,
      raw,
      value: this.leaf(value),
      pieces,
      ...(from && { from: this.fixed(from) }),
    };
  }

  private entry(entry: Entry): Entry {
    const { key, keySpan, value, span } = entry;
    return { key, keySpan: this.fixed(keySpan), value: this.node(value), span: this.span(span) };
  }

  private node(node: Node): Node {
    switch (node.kind) {
      case 'list':
        return {
          ...node,
          span: this.span(node.span),
          items: node.items.map((item) => this.node(item)),
        };
      case 'map':
        return {
          ...node,
          span: this.span(node.span),
          entries: node.entries.map((one) => this.entry(one)),
        };
      case 'scalar':
      case 'opaque':
        return this.leaf(node);
      default:
        return { ...node, span: this.fixed(node.span) };
    }
  }

  private leaf(node: Word['value']): Word['value'] {
    return node.kind === 'scalar' ? this.scalar(node) : { ...node, span: this.fixed(node.span) };
  }

  private scalar(node: ScalarNode): ScalarNode {
    const { via } = node;
    const span = this.span(node.span);
    const kept = { ...node, span, ...(via && { via: this.fixed(via) }) };
    if (!holds(node.span, this.change)) return kept;
    const said = via === undefined && !this.inValue ? this.retold(node, span) : undefined;
    if (said === undefined) return this.lost(kept);
    this.inValue = true;
    this.watch = new Watch({ ...kept, ...said });
    return this.watch.node;
  }

  /** Text and value of the edited scalar. */
  private retold(node: ScalarNode, span: Span): Said | undefined {
    const { language } = this.file;
    const was = plainValue(language, this.old, node.span);
    const now = plainValue(language, this.file.text, span);
    return was?.text === node.text && was.value === node.value ? now : undefined;
  }

  private span(span: Span): Span {
    const to = moved(span, this.change);
    return to ?? this.lost(span);
  }

  /** A place that the edit may move, and must not touch. */
  private fixed(span: Span): Span {
    return holds(span, this.change) ? this.lost(span) : this.span(span);
  }

  private untouched<T>(part: T, span: Span): T {
    return holds(span, this.change) ? this.lost(part) : part;
  }

  private lost<T>(part: T): T {
    this.torn = true;
    return part;
  }
}
