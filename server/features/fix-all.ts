import type { Finding, Fix } from '../../src-core/finding.ts';
import { sortEdits, type TextEdit } from '../../src-core/text/edit.ts';

/** Whether a fix leaves the training the same. */
export const isSafe = ({ safety }: Fix): boolean => safety === 'safe';

/** Two edits that say the same thing are one. */
function isKnown(edits: readonly TextEdit[], { span, text }: TextEdit): boolean {
  return edits.some(
    (edit) => edit.span.start === span.start && edit.span.end === span.end && edit.text === text,
  );
}

/**
 * The edits of all safe fixes of `path`, the first fix of each finding; a fix that overlaps one is left
 * out, and so is one that changes another file: an editor asks for this when it saves that one alone.
 */
export function safeEdits(findings: readonly Finding[], path: string): readonly TextEdit[] {
  let kept: readonly TextEdit[] = [];
  for (const { fixes } of findings) {
    const fix = fixes.find(isSafe);
    if (fix?.files.some(({ file }) => file !== path)) continue;
    const edits = fix?.files.flatMap((one) => one.edits) ?? [];
    kept = sortEdits([...kept, ...edits.filter((edit) => !isKnown(kept, edit))]) ?? kept;
  }
  return kept;
}
