import { cover, type Span, span } from '../../text/span.ts';
import type { Word, WordPiece } from '../document.ts';
import type { Piece } from './scope.ts';

/**
 * Splits expanded pieces into words as the shell does: unquoted text that came out of a variable
 * is cut at white space, and disappears when it is empty.
 */
export function splitWords(
  pieces: readonly Piece[],
  where: Span,
  source: string,
  via?: Span,
): readonly Word[] {
  if (!pieces.some((p) => splits(p) && (p.text === '' || /\s/.test(p.text)))) {
    return [wholeWord(pieces, where, source, via)];
  }
  const groups = groupPieces(pieces);
  const [only] = groups;
  if (groups.length === 1 && only !== undefined) return [wholeWord(only, where, source, via)];
  return groups.map((group) => partWord(group, where, source));
}

/** A word as it stands, without quotes, escapes or variables: most words are. */
export function plainWord(text: string, where: Span, source: string): Word {
  return {
    span: where,
    raw: source.slice(where.start, where.end),
    value: { kind: 'scalar', span: where, text, value: text, quoted: false },
    pieces: [{ text, span: where, quoted: false }],
  };
}

function splits(piece: Piece): boolean {
  return piece.expanded && !piece.quoted && piece.opaque === undefined;
}

function groupPieces(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  let group: Piece[] = [];
  const flush = () => {
    if (group.length > 0) groups.push(group);
    group = [];
  };
  for (const piece of pieces) {
    if (!splits(piece)) {
      group.push(piece);
      continue;
    }
    for (const match of piece.text.matchAll(/\s+|\S+/g)) {
      if (/\s/.test(match[0])) flush();
      else group.push(subPiece(piece, match.index, match[0]));
    }
  }
  flush();
  return groups;
}

function subPiece(piece: Piece, offset: number, text: string): Piece {
  const { home } = piece;
  if (home === undefined || !piece.exact) return { ...piece, text };
  const start = home.start + offset;
  return { ...piece, text, home: span(start, start + text.length) };
}

function wholeWord(pieces: readonly Piece[], where: Span, source: string, via?: Span): Word {
  return makeWord(pieces, where, source, via);
}

/** A word cut out of a variable's text: it stands where the variable was assigned. */
function partWord(pieces: readonly Piece[], where: Span, source: string): Word {
  const [first] = pieces;
  const from = first?.from;
  const inOnePlace =
    from !== undefined &&
    pieces.every((p) => p.from === from && p.home !== undefined && p.opaque === undefined);
  if (!inOnePlace) return makeWord(pieces, where, source);
  const place = pieces.map((p) => p.home ?? p.span).reduce(cover);
  const here = pieces.map((p) => ({ ...stripHome(p), span: p.home ?? p.span }));
  return { ...makeWord(here, place, source), from };
}

function stripHome({ text, span: at, exact, quoted, expanded }: Piece): Piece {
  return { text, span: at, exact, quoted, expanded };
}

function makeWord(pieces: readonly Piece[], where: Span, source: string, via?: Span): Word {
  const raw = source.slice(where.start, where.end);
  const shown = pieces.map(toWordPiece);
  const unknown = pieces.find((p) => p.opaque !== undefined);
  if (unknown?.opaque !== undefined) {
    const value = { kind: 'opaque', span: where, text: raw, why: unknown.opaque } as const;
    return { span: where, raw, value, pieces: shown };
  }
  const text = pieces.map((p) => p.text).join('');
  const quoted = pieces.some((p) => p.quoted);
  const base = { kind: 'scalar', span: where, text, value: text, quoted } as const;
  return { span: where, raw, value: via === undefined ? base : { ...base, via }, pieces: shown };
}

function toWordPiece(p: Piece): WordPiece {
  return {
    text: p.text,
    span: p.span,
    quoted: p.quoted,
    ...(p.home === undefined ? {} : { via: p.home }),
    ...(p.opaque === undefined ? {} : { opaque: p.opaque }),
  };
}
