import { type Span, span } from '../text/span.ts';
import type { Document } from './document.ts';
import { lineEnd, lineStart, nextLine } from './patch/lines.ts';

/**
 * The whole lines around `place` between which no comment can stand: those that a backslash joins, and
 * those that one string, or a heredoc with the command it is for, takes up.
 */
export function joinedLines(doc: Document, place: Span): Span {
  const { text } = doc.file;
  let start = lineStart(text, place.start);
  for (let up = joins(doc, start); up !== undefined; up = joins(doc, start))
    start = lineStart(text, up.start);
  let end = lineEnd(text, place.end);
  for (;;) {
    const next = nextLine(text, end);
    const down = next < text.length ? joins(doc, next) : undefined;
    if (down === undefined) return span(start, end);
    end = lineEnd(text, Math.max(down.end, next));
  }
}

/** What joins the line that begins at `at` to the one above it. */
function joins(doc: Document, at: number): Span | undefined {
  const { language, text } = doc.file;
  if (at === 0 || (language !== 'shell' && language !== 'python')) return undefined;
  const within = doc.unbroken?.find(({ start, end }) => start < at && at < end);
  if (within !== undefined) return within;
  const end = lineEnd(text, at - 1);
  const line = text.slice(lineStart(text, at - 1), end);
  if (!/(?:^|[^\\])(?:\\\\)*\\$/.test(line)) return undefined;
  const inComment = doc.comments.some((comment) => comment.span.end === end);
  return inComment ? undefined : span(at - 1, at);
}
