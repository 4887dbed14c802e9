import { type Change, changeBetween, holds, moved } from '../text/change.ts';
import type { Span } from '../text/span.ts';
import type { Command, Document, Entry, Node, Unit, Word } from './document.ts';
import type { Reread } from './reparse.ts';

/** More commands than this are read anew together. */
const FEW = 4;

/**
 * A parsed script beside the one before an edit: `undefined` unless all but a few of its commands, which follow
 * one another, say the same as they did, variables of the script included. Of the environment only variables
 * that `isRead` names have to be equal.
 */
export function correspond(
  before: Document,
  document: Document,
  isRead: IsRead,
): Reread | undefined {
  const { file, problems } = document;
  if (file.language !== 'shell' || problems.length + before.problems.length > 0) return undefined;
  const change = changeBetween(before.file.text, file.text);
  if (change === undefined) return undefined;
  const [old, now] = [before.units, document.units];
  const same = (i: number, j: number): boolean => sameUnit(old[i], now[j], change, isRead);
  const most = Math.min(old.length, now.length);
  let first = 0;
  while (first < most && same(first, first)) first++;
  let behind = 0;
  while (behind < most - first && same(old.length - behind - 1, now.length - behind - 1)) behind++;
  const gone = old.length - behind - first;
  const came = now.length - behind - first;
  if (gone > FEW || came > FEW) return undefined;
  return { document, change, edited: { first, gone, came } };
}

type IsRead = (variable: string) => boolean;

function sameUnit(
  a: Unit | undefined,
  b: Unit | undefined,
  change: Change,
  isRead: IsRead,
): boolean {
  return a?.kind === 'command' && b?.kind === 'command' && sameCommand(a, b, change, isRead);
}

function sameCommand(a: Command, b: Command, change: Change, isRead: IsRead): boolean {
  return (
    isMoved(a.span, b.span, change) &&
    a.words.length === b.words.length &&
    a.env.length === b.env.length &&
    a.words.every((word, i) => sameWord(word, b.words[i], change)) &&
    a.env.every((entry, i) => sameEntry(entry, b.env[i], change, isRead))
  );
}

function sameWord(a: Word, b: Word | undefined, change: Change): boolean {
  return (
    b !== undefined &&
    a.raw === b.raw &&
    isMoved(a.span, b.span, change) &&
    isMoved(a.from, b.from, change) &&
    sameNode(a.value, b.value, change) &&
    a.pieces.length === b.pieces.length &&
    a.pieces.every((piece, i) => {
      const other = b.pieces[i];
      return piece.text === other?.text && isMoved(piece.via, other.via, change);
    })
  );
}

function sameEntry(a: Entry, b: Entry | undefined, change: Change, isRead: IsRead): boolean {
  if (a.key !== b?.key) return false;
  return !isRead(a.key) || (isMoved(a.span, b.span, change) && sameNode(a.value, b.value, change));
}

/** Whether a word or an assigned value says the same; other values are never taken for the same. */
function sameNode(a: Node, b: Node, change: Change): boolean {
  if (!isMoved(a.span, b.span, change)) return false;
  if (a.kind === 'scalar' && b.kind === 'scalar')
    return a.text === b.text && a.quoted === b.quoted && isMoved(a.via, b.via, change);
  return a.kind === 'opaque' && b.kind === 'opaque' && a.text === b.text && a.why === b.why;
}

function isMoved(from: Span | undefined, to: Span | undefined, change: Change): boolean {
  if (from === undefined || to === undefined) return from === to;
  if (holds(from, change)) return false;
  const now = moved(from, change);
  return now?.start === to.start && now.end === to.end;
}
