import type { FileEdits, Finding, Fix } from '../finding.ts';
import { type Change, holds, moved } from '../text/change.ts';
import type { Span } from '../text/span.ts';

/** Where things stand after an edit; `undefined` when the edit cut them. */
export interface Moves {
  /** What ends before this offset stays where it is. */
  readonly from: number;
  place(span: Span): Span | undefined;
  /** The same for what a fix replaces with `text`. */
  editPlace(span: Span, text: string): Span | undefined;
}

/** Moves what the edit did not touch. */
export function movesOf(change: Change): Moves {
  const place = (span: Span) => (holds(span, change) ? undefined : moved(span, change));
  return { from: change.start, place, editPlace: place };
}

/** Moves what stands around the value at `from`, which ends at `end` now, and grows what holds it. */
export function grownTo(from: Span, end: number): Moves {
  const by = end - from.end;
  const place = (span: Span): Span | undefined => {
    if (span.end <= from.start) return span;
    if (span.start >= from.end) return { start: span.start + by, end: span.end + by };
    const around = span.start <= from.start && from.end <= span.end;
    return around ? { start: span.start, end: span.end + by } : undefined;
  };
  return {
    from: from.start,
    place,
    // What is written in place of more than the value may repeat the value.
    editPlace(span, text) {
      const same = span.start === from.start && span.end === from.end;
      const apart = span.end <= from.start || span.start >= from.end;
      return same || apart || text === '' ? place(span) : undefined;
    },
  };
}

/** The finding with every place of the edited file moved; `undefined` when one of them is gone. */
function movedFinding(finding: Finding, path: string, moves: Moves): Finding | undefined {
  if (reachOf(finding) < moves.from) return finding;
  let torn = false;
  const sure = (span: Span, to: Span | undefined): Span => {
    torn ||= to === undefined;
    return to ?? span;
  };
  const put = <T extends { readonly file: string; readonly span: Span }>(one: T): T =>
    one.file === path ? { ...one, span: sure(one.span, moves.place(one.span)) } : one;
  const edits = (part: FileEdits): FileEdits =>
    part.file !== path
      ? part
      : {
          ...part,
          edits: part.edits.map(({ span, text }) => ({
            span: sure(span, moves.editPlace(span, text)),
            text,
          })),
        };
  const fixes = finding.fixes.map((fix): Fix => ({ ...fix, files: fix.files.map(edits) }));
  const result = { ...put(finding), related: finding.related.map(put), fixes };
  return torn ? undefined : result;
}

/** The findings moved; `undefined` when a place of any of them is gone. */
export function movedFindings(
  findings: readonly Finding[],
  path: string,
  moves: Moves,
): readonly Finding[] | undefined {
  return allOf(findings.map((finding) => movedFinding(finding, path, moves)));
}

/** The parts, when each is there. */
export function allOf<T>(parts: readonly (T | undefined)[]): readonly T[] | undefined {
  const there = parts.filter((part) => part !== undefined);
  return there.length === parts.length ? there : undefined;
}

const reaches = new WeakMap<Finding, number>();

/** The last offset that a finding speaks of, whatever the file. */
function reachOf(finding: Finding): number {
  const known = reaches.get(finding);
  if (known !== undefined) return known;
  const { span, related, fixes } = finding;
  const edits = fixes.flatMap(({ files }) => files.flatMap((part) => part.edits));
  const ends = [{ span }, ...related, ...edits].map((one) => one.span.end);
  const reach = Math.max(...ends);
  reaches.set(finding, reach);
  return reach;
}
