import type { FileEdits, Finding, Fix } from '../../src-core/finding.ts';
import { sortEdits, type TextEdit } from '../../src-core/text/edit.ts';

/** Two edits that say the same thing are one. */
function isKnown(edits: readonly TextEdit[], { span, text }: TextEdit): boolean {
  return edits.some(
    (edit) => edit.span.start === span.start && edit.span.end === span.end && edit.text === text,
  );
}

function joined(kept: ReadonlyMap<string, readonly TextEdit[]>, fix: Fix) {
  const next = new Map(kept);
  for (const { file, edits } of fix.files) {
    const before = next.get(file) ?? [];
    const all = sortEdits([...before, ...edits.filter((edit) => !isKnown(before, edit))]);
    if (all === undefined) return undefined;
    next.set(file, all);
  }
  return next;
}

/** The edits of all safe fixes, the first fix of each finding; a fix that overlaps one is left out. */
export function safeEdits(findings: readonly Finding[]): readonly FileEdits[] {
  let kept: ReadonlyMap<string, readonly TextEdit[]> = new Map();
  for (const { fixes } of findings) {
    const fix = fixes.find(({ safety }) => safety === 'safe');
    if (fix !== undefined) kept = joined(kept, fix) ?? kept;
  }
  return [...kept].map(([file, edits]) => ({ file, edits }));
}
