import type { Finding, Fix } from '../../src-core/finding.ts';
import { applyEdits, sortEdits, type TextEdit } from '../../src-core/text/edit.ts';
import { addsErrors } from '../new-errors.ts';

/** Which fixes may be applied without asking. Suggestions never are. */
export type Allowed = 'safe' | 'unsafe';

/** Texts by path, before or after. */
export type Texts = ReadonlyMap<string, string>;

/** What came of it. */
export interface Fixed {
  readonly texts: Texts;
  readonly applied: number;
}

const MOST_ROUNDS = 10;

/**
 * Applies to each finding the first of its fixes that `allowed` covers, and looks again until nothing
 * is left to do. Two fixes that touch the same text wait for each other's round. One that changes the
 * training is left out where it would give an error that was not there.
 */
export function applyFixes(
  texts: Texts,
  findingsOf: (texts: Texts) => readonly Finding[],
  allowed: Allowed,
): Fixed {
  let current = texts;
  let applied = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = findingsOf(current);
    const breaks = (fix: Fix) =>
      fix.safety !== 'safe' && addsErrors(found, findingsOf(applyAll(current, [fix])));
    const chosen = chooseFixes(found, current, allowed).filter((fix) => !breaks(fix));
    if (chosen.length === 0) break;
    current = applyAll(current, chosen);
    applied += chosen.length;
  }
  return { texts: current, applied };
}

/** The fixes of one round: in order, leaving out what collides with an earlier one. */
function chooseFixes(findings: readonly Finding[], texts: Texts, allowed: Allowed): readonly Fix[] {
  const chosen: Fix[] = [];
  const edits = new Map<string, readonly TextEdit[]>();
  for (const { fixes } of findings) {
    const fix = fixes.find((one) => mayApply(one, allowed));
    if (fix === undefined || !changes(fix, texts)) continue;
    const merged = fix.files.map((part) => {
      const all = [...(edits.get(part.file) ?? []), ...part.edits];
      return { file: part.file, sorted: texts.has(part.file) ? separate(all) : undefined };
    });
    if (merged.some(({ sorted }) => sorted === undefined)) continue;
    for (const { file, sorted } of merged) if (sorted !== undefined) edits.set(file, sorted);
    chosen.push(fix);
  }
  return chosen;
}

/** Whether `fix` falls under what is allowed. */
export function mayApply(fix: Fix, allowed: Allowed): boolean {
  return fix.safety === 'safe' || (allowed === 'unsafe' && fix.safety === 'unsafe');
}

function changes(fix: Fix, texts: Texts): boolean {
  return fix.files.some(({ file, edits }) =>
    edits.some(({ span, text }) => texts.get(file)?.slice(span.start, span.end) !== text),
  );
}

/** The edits in order, unless two overlap or insert at the same place. */
function separate(edits: readonly TextEdit[]): readonly TextEdit[] | undefined {
  const sorted = sortEdits(edits);
  const touching = sorted?.some((edit, i) => {
    const before = sorted[i - 1];
    return before !== undefined && before.span.start === edit.span.start;
  });
  return touching ? undefined : sorted;
}

function applyAll(texts: Texts, fixes: readonly Fix[]): Texts {
  const after = new Map(texts);
  for (const [file, text] of texts) {
    const edits = fixes.flatMap((fix) =>
      fix.files.filter((part) => part.file === file).flatMap((part) => part.edits),
    );
    if (edits.length > 0) after.set(file, applyEdits(text, edits));
  }
  return after;
}
