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
  const byFile = new Map<string, Directives>([[main, own]]);
  const directivesOf = (path: string): Directives | undefined => {
    const known = byFile.get(path);
    const document = known === undefined ? documents.get(path) : undefined;
    if (document === undefined) return known;
    const read = readDirectives(document);
    byFile.set(path, read);
    return read;
  };
  const seen = new Set<string>();
  const kept = findings.filter((finding) => {
    // A comment at a value of another file that takes part silences as well.
    const elsewhere = finding.related.filter(({ file }) => file !== finding.file);
    const silenced = [finding, ...elsewhere].some(({ file, span }) => {
      const directives = directivesOf(file);
      return directives !== undefined && ignoredBy(directives, finding.rule, span);
    });
    if (silenced) return false;
    const id = `${finding.file} ${finding.span.start} ${finding.span.end} ${finding.rule} ${finding.message}`;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
  return kept.sort(byPlace);
}

/** Orders findings by file, then by where they begin. */
export function byPlace(a: Finding, b: Finding): number {
  return a.file === b.file ? a.span.start - b.span.start : a.file.localeCompare(b.file);
}
