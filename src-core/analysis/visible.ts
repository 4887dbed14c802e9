import type { Finding } from '../finding.ts';
import type { Document } from '../syntax/document.ts';
import { type Directives, ignoredBy, readDirectives } from '../syntax/suppress.ts';

/** Findings that no comment silences, each once, in order of place. */
export function visible(
  findings: readonly Finding[],
  main: string,
  own: Directives,
  documents: ReadonlyMap<string, Document>,
): readonly Finding[] {
  const alone = own.ignores.length === 0 && documents.size <= 1;
  const kept = alone ? [...findings] : heard(findings, main, own, documents);
  return withoutRepeats(kept.sort(byPlace));
}

function heard(
  findings: readonly Finding[],
  main: string,
  own: Directives,
  documents: ReadonlyMap<string, Document>,
): Finding[] {
  const byFile = new Map<string, Directives>([[main, own]]);
  const directivesOf = (path: string): Directives | undefined => {
    const known = byFile.get(path);
    const document = known === undefined ? documents.get(path) : undefined;
    if (document === undefined) return known;
    const read = readDirectives(document);
    byFile.set(path, read);
    return read;
  };
  return findings.filter((finding) => {
    // A comment at a value of another file that takes part silences as well.
    const elsewhere = finding.related.filter(({ file }) => file !== finding.file);
    return ![finding, ...elsewhere].some(({ file, span }) => {
      const directives = directivesOf(file);
      return directives !== undefined && ignoredBy(directives, finding.rule, span) !== undefined;
    });
  });
}

/** Of findings in order of place, the first of those that say the same of the same place. */
function withoutRepeats(sorted: readonly Finding[]): readonly Finding[] {
  const kept: Finding[] = [];
  for (const finding of sorted) {
    let i = kept.length - 1;
    for (let one = kept[i]; one !== undefined && byPlace(one, finding) === 0; one = kept[--i])
      if (same(one, finding)) break;
    const before = kept[i];
    if (before === undefined || !same(before, finding)) kept.push(finding);
  }
  return kept;
}

function same(a: Finding, b: Finding): boolean {
  const here = a.file === b.file && a.span.start === b.span.start && a.span.end === b.span.end;
  return here && a.rule === b.rule && a.message === b.message;
}

/** Orders findings by file, then by where they begin. */
export function byPlace(a: Finding, b: Finding): number {
  return a.file === b.file ? a.span.start - b.span.start : a.file.localeCompare(b.file);
}
