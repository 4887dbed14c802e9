import type { TextEdit } from '../../text/edit.ts';
import { cover, overlaps } from '../../text/span.ts';

/**
 * Joins deletions that overlap, as those of two neighbouring flags do, and drops edits given
 * twice; other edits stay as they are. The result is sorted by position.
 */
export function joinDeletions(edits: readonly TextEdit[]): readonly TextEdit[] {
  const sorted = [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  const joined: TextEdit[] = [];
  for (const edit of sorted) {
    const last = joined.at(-1);
    const deletions = last?.text === '' && edit.text === '';
    if (last !== undefined && deletions && overlaps(last.span, edit.span)) {
      joined[joined.length - 1] = { span: cover(last.span, edit.span), text: '' };
    } else joined.push(edit);
  }
  return joined;
}
