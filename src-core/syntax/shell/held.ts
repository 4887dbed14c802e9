import type {
  DoubleQuotedChild,
  HereDocBody,
  Command as ShellCommand,
  Word as ShellWord,
  WordPart,
} from 'unbash';
import { cover, type Span, span } from '../../text/span.ts';
import type { Command, Entry, Node, Word, WordPiece } from '../document.ts';
import { expandWord, type Reading } from './expand.ts';
import type { Piece } from './scope.ts';
import { TYPED_ENTER, typedScript } from './typed.ts';
import { writesScript } from './written.ts';

/** Script text that a command hands to a shell, with the places its letters stand at. */
export interface HeldScript {
  readonly text: string;
  readonly pieces: readonly Piece[];
  /** The word or heredoc that holds it, quotes included. */
  readonly span: Span;
  /** `true` for `eval`: the command itself runs nothing else. */
  readonly whole: boolean;
  /** `true` where another session runs it, which has an environment of its own. */
  readonly apart?: boolean;
}

/** The scripts in `eval "…"`, `bash -c "…"` behind any launcher, `ssh host "…"`, `sbatch --wrap "…"`, `sbatch <<EOF`. */
export function heldScripts(node: ShellCommand, reading: Reading): readonly HeldScript[] {
  const { name, suffix } = node;
  if (name === undefined) return [];
  const args = suffix.filter((part): part is ShellWord => part.type === 'Word');
  if (name.value === 'eval') {
    const all = args.flatMap((arg) => [...piecesOf(arg, reading), blank(arg.end)]);
    const [first] = args;
    return first === undefined ? [] : [held(all, span(first.pos, args.at(-1)?.end ?? 0), true)];
  }
  const words = [name, ...args];
  const found: HeldScript[] = [];
  const script = commandString(words) ?? wrapped(words);
  if (script !== undefined)
    found.push(held(unwrapped(piecesOf(script, reading)), span(script.pos, script.end), false));
  const typed = script === undefined ? typedScript(words) : undefined;
  if (typed !== undefined) {
    const pieces = withoutEnter(piecesOf(typed, reading));
    found.push({ ...held(pieces, span(typed.pos, typed.end), false), apart: true });
  }
  const { source } = reading;
  const heredocs = suffix.filter((part) => part.type === 'HereDoc');
  const reads = heredocs.length > 0 && readsScript(words);
  for (const { body, delimiter } of heredocs) {
    const isScript = reads || /^\s*#!.*sh\b/.test(source.slice(body.pos, body.end));
    if (!isScript && !writesScript(node, reading)) continue;
    const pieces = heredocPieces(body, delimiter?.quoted === true, reading);
    found.push(held(pieces, span(body.pos, body.end), false));
  }
  return found;
}

/** The pieces of a heredoc's text: as in double quotes, unless its delimiter is quoted. */
export function heredocPieces(
  body: HereDocBody,
  quoted: boolean,
  reading: Reading,
): readonly Piece[] {
  const { pos, end } = body;
  const text = reading.source.slice(pos, end);
  if (quoted) return [{ text, span: span(pos, end), exact: true, quoted: true, expanded: false }];
  const literal: DoubleQuotedChild = { type: 'Literal', pos, end, value: text, text };
  const parts = body.parts?.filter(isQuotable) ?? [literal];
  const part: WordPart = { type: 'DoubleQuoted', pos, end, text, parts };
  return expandWord({ type: 'Word', pos, end, text, value: text, parts: [part] }, reading).pieces;
}

function isQuotable(part: WordPart): part is DoubleQuotedChild {
  return /^(?:Literal|(?:Simple|Parameter|Command|Arithmetic)Expansion)$/.test(part.type);
}

const SHELL = /(?:^|\/)(?:ba|z|da|k)?sh$/;

/** The word behind `bash -c`, `sh -lc`. */
function commandString(words: readonly ShellWord[]): ShellWord | undefined {
  const at = words.findIndex(({ value }) => value.endsWith('sh') && SHELL.test(value));
  if (at < 0) return undefined;
  for (let i = at + 1; i < words.length; i++) {
    const { value = '' } = words[i] ?? {};
    if (!value.startsWith('-') && value !== 'pipefail') return undefined;
    if (/^-[a-z]*c$/.test(value)) return words[i + 1];
  }
  return undefined;
}

/** The job in `sbatch --wrap "…"`, or in a word with its flag. */
function wrapped(words: readonly ShellWord[]): ShellWord | undefined {
  if (!/(?:^|\/)sbatch$/.test(words[0]?.value ?? '')) return undefined;
  const at = words.findIndex(({ value }) => /^--wrap(?:=|$)/.test(value));
  return words[at]?.value === '--wrap' ? words[at + 1] : words[at];
}

/** The pieces behind `--wrap=`. */
function unwrapped(pieces: readonly Piece[]): readonly Piece[] {
  const [first, ...rest] = pieces;
  if (first === undefined || !first.text.startsWith('--wrap=')) return pieces;
  const text = first.text.slice('--wrap='.length);
  const { end } = first.span;
  return [{ ...first, text, span: span(end - text.length, end) }, ...rest];
}

/** The pieces of a line that is typed, without its end. */
function withoutEnter(pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.at(-1);
  const end = last && TYPED_ENTER.exec(last.text)?.index;
  if (last === undefined || end === undefined) return pieces;
  const { start } = last.span;
  const where = last.exact ? span(start, start + end) : last.span;
  return [...pieces.slice(0, -1), { ...last, text: last.text.slice(0, end), span: where }];
}

/** `bash <<EOF`, `srun bash -s <<EOF`, `sbatch <<EOF`: what reads a script from its input. */
function readsScript(words: readonly ShellWord[]): boolean {
  const names = words.map((word) => word.value).filter((text) => !text.startsWith('-'));
  return SHELL.test(names.at(-1) ?? '') || /(?:^|\/)(?:sbatch|qsub|bsub|ssh)$/.test(names[0] ?? '');
}

function piecesOf(word: ShellWord, reading: Reading): readonly Piece[] {
  const { pieces, words } = expandWord(word, reading);
  if (words === undefined) return pieces;
  return words.flatMap((one) => {
    const text = one.value.text;
    const exact = one.raw === text;
    const use = span(word.pos, word.end);
    const place = { span: use, home: one.span, ...(one.from && { from: one.from }) };
    const part = { text, exact, quoted: false, expanded: true, ...place };
    return [
      one.value.kind === 'opaque' ? { ...part, opaque: one.value.why } : part,
      blank(word.end),
    ];
  });
}

function blank(at: number): Piece {
  return { text: ' ', span: span(at, at), exact: false, quoted: false, expanded: false };
}

function held(pieces: readonly Piece[], where: Span, whole: boolean): HeldScript {
  return { text: pieces.map((piece) => piece.text).join(''), pieces, span: where, whole };
}

/** A command read from a held script, with every place put where the file has it. */
export function placed(command: Command, script: HeldScript, source: string): Command {
  const parts = partsOf(script);
  const at = (inner: Span): Span => placeOf(parts(inner), script.span);
  const node = <N extends Node>(value: N): N => {
    if (value.kind === 'scalar' && value.via !== undefined)
      return { ...value, span: at(value.span), via: at(value.via) };
    return { ...value, span: at(value.span) };
  };
  const entry = (one: Entry): Entry => ({
    ...one,
    keySpan: at(one.keySpan),
    span: at(one.span),
    value: node(one.value),
  });
  return {
    kind: 'command',
    span: at(command.span),
    env: command.env.map(entry),
    words: command.words.map((word) => placedWord(word, parts(word.span), script, source)),
  };
}

function placedWord(word: Word, parts: readonly Part[], script: HeldScript, source: string): Word {
  const [first] = parts;
  // `--lr $LR` within the script: the word is the variable's, as it would be outside.
  const via = parts.length === 1 && first?.whole === true ? first.via : undefined;
  const where = first === undefined || via === undefined ? placeOf(parts, script.span) : first.use;
  const { value } = word;
  const shown: WordPiece = { text: value.text, span: where, quoted: false };
  return {
    span: where,
    raw: source.slice(where.start, where.end),
    value:
      value.kind === 'opaque'
        ? { ...value, span: where }
        : { ...value, span: where, ...(via && { via }) },
    pieces: [
      {
        ...shown,
        ...(via && { via }),
        ...(value.kind === 'opaque' ? { opaque: value.why } : {}),
      },
    ],
    from: isTogether(parts) && via === undefined ? (first?.from ?? script.span) : script.span,
  };
}

/** A stretch of one piece: where its text stands, where it is used, and what it is taken from. */
interface Part {
  readonly home: Span;
  readonly use: Span;
  readonly via: Span | undefined;
  readonly from: Span | undefined;
  /** `true` when it is all of the piece, and all that stands at its place of use. */
  readonly whole: boolean;
}

function isTogether(parts: readonly Part[]): boolean {
  return parts.every(({ from }) => from?.start === parts[0]?.from?.start);
}

function placeOf(parts: readonly Part[], otherwise: Span): Span {
  if (parts.length === 0) return span(otherwise.end, otherwise.end);
  return parts.map(({ home, use }) => (isTogether(parts) ? home : use)).reduce(cover);
}

/** The pieces that a stretch of the script's text lies in. */
function partsOf({ pieces }: HeldScript): (inner: Span) => readonly Part[] {
  const starts: number[] = [];
  const users = new Map<number, number>();
  let length = 0;
  for (const { text, span: use } of pieces) {
    starts.push(length);
    length += text.length;
    users.set(use.start, (users.get(use.start) ?? 0) + 1);
  }
  return ({ start, end }) => {
    const parts: Part[] = [];
    for (let i = firstAt(starts, start); i < pieces.length; i++) {
      const piece = pieces[i];
      const first = starts[i] ?? 0;
      if (piece === undefined || (parts.length > 0 && first >= end)) break;
      const part = partOf(piece, start - first, end - first);
      parts.push({ ...part, whole: part.whole && users.get(piece.span.start) === 1 });
    }
    return parts;
  };
}

function partOf(piece: Piece, start: number, end: number): Part {
  const cut = (all: Span): Span => {
    if (!piece.exact) return all;
    const head = all.start + Math.max(0, start);
    return span(head, Math.max(head, Math.min(all.end, all.start + end)));
  };
  const { home, from } = piece;
  return {
    home: cut(home ?? piece.span),
    use: home === undefined ? cut(piece.span) : piece.span,
    via: home,
    from,
    whole: start <= 0 && end >= piece.text.length,
  };
}

/** The last piece that starts at or before `offset`. */
function firstAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
