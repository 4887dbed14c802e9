import type { TextEdit } from '../../text/edit.ts';
import { type Span, span } from '../../text/span.ts';
import { isFlag } from '../argv.ts';
import type { Command, Word } from '../document.ts';

/** A command of several lines that was put on one, `\` and all: each takes the blank behind it into a word. */
export interface EscapedBlank {
  /** The first of the words. */
  readonly span: Span;
  /** The option that the blank stands in front of, in one word. */
  readonly flag?: string;
  /** Takes every such `\` out. */
  readonly edits: readonly TextEdit[];
}

/** `train \ --lr 1`, or `train \  --lr 1`, unless it can be the value of an option. */
export function escapedBlank({ words }: Command): EscapedBlank | undefined {
  const found = words.filter((word, i) => isBeforeFlag(word, words[i + 1]));
  const [first] = found;
  if (first === undefined) return undefined;
  const meant = found.every((word) => isValued(words[words.indexOf(word) - 1]));
  if (meant) return undefined;
  const flag = GLUED.exec(first.raw)?.[1];
  const edits = found.map(({ span: { start } }) => ({ span: span(start, start + 1), text: '' }));
  return { span: first.span, ...(flag && { flag }), edits };
}

const GLUED = /^\\[ \t](--?[A-Za-z][^\s=]*)/;

function isBeforeFlag(word: Word, next: Word | undefined): boolean {
  return GLUED.test(word.raw) || (/^\\[ \t]$/.test(word.raw) && next !== undefined && isFlag(next));
}

/** An option whose value may be the next word. */
function isValued(word: Word | undefined): boolean {
  return word !== undefined && isFlag(word) && !word.raw.includes('=');
}
