import { type LineIndex, lineIndex } from '../../src-core/text/source-file.ts';

let last: { readonly text: string; readonly index: LineIndex } | undefined;

/** The lines of a text; findings of one file come one after the other, and share them. */
export function linesIn(text: string): LineIndex {
  if (last?.text !== text) last = { text, index: lineIndex(text) };
  return last.index;
}
