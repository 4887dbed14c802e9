import type { Analysis, AnalyzeInput } from '../analyze.ts';
import type { FileEdits, Finding, Fix } from '../finding.ts';
import { hasHole } from '../syntax/magics.ts';
import type { WrittenFile } from '../syntax/written.ts';
import type { Span } from '../text/span.ts';
import { byPlace } from './visible.ts';

/**
 * The analyses of a script or notebook, of which commands read the files that it writes itself, and of those
 * files that none of its runs reads. All point into the script.
 */
export function analyzeWritten(
  { previous: _, ...input }: AnalyzeInput,
  written: readonly WrittenFile[],
  analyzeFile: (input: AnalyzeInput) => Analysis,
): readonly Analysis[] {
  const named = written.filter(({ isNamed }) => isNamed);
  const files = new Map([
    ...(input.files ?? []),
    ...named.map(({ path, text }) => [path, text] as const),
  ]);
  const own = analyzeFile({ ...input, files });
  const isRead = (one: WrittenFile) => own.documents.get(one.path)?.file.text === one.text;
  const inScript = (one: Analysis, { toScript }: WrittenFile): Analysis => ({
    ...one,
    documents: new Map(),
    runs: toScript ? one.runs.map((run) => ({ ...run, span: toScript(run.span) })) : one.runs,
  });
  const others = written
    .filter((one) => !isRead(one))
    .map((file) => inScript(analyzeFile({ ...input, file }), file));
  const { basis: _basis, typing: _typing, ...script } = own;
  return [
    { ...script, wanted: own.wanted.filter((path) => !named.some((one) => one.path === path)) },
    ...others.filter(({ runs }) => runs.length > 0),
  ].map((one) => placed(one, input.file.path, written));
}

/** Findings and fixes of the files that are written, where their text stands. */
function placed(analysis: Analysis, path: string, written: readonly WrittenFile[]): Analysis {
  const partOf = (file: string) =>
    file === path ? undefined : written.find((one) => one.path === file);
  const inScript = <T extends { readonly file: string }>(one: T): T =>
    partOf(one.file) === undefined ? one : { ...one, file: path };
  const at = <T extends { readonly file: string; readonly span: Span }>(one: T): T => {
    const place = partOf(one.file)?.toScript;
    return inScript(place === undefined ? one : { ...one, span: place(one.span) });
  };
  const isKept = ({ file, edits }: FileEdits): boolean => {
    const part = partOf(file);
    return edits.every(
      ({ span, text }) =>
        !hasHole(text) &&
        (part === undefined ||
          (part.toScript === undefined &&
            span.start >= part.span.start &&
            span.end <= part.span.end &&
            (part.isVerbatim || !/[$`\\]/.test(text)))),
    );
  };
  const finding = (one: Finding): Finding => ({
    ...at(one),
    related: one.related.map(at),
    fixes: one.fixes
      .filter(({ files }) => files.every(isKept))
      .map((fix): Fix => ({ ...fix, files: together(fix.files.map(inScript)) })),
  });
  return { ...analysis, findings: analysis.findings.map(finding).sort(byPlace) };
}

/** Edits of several files that lie in one are its edits. */
function together(files: readonly FileEdits[]): readonly FileEdits[] {
  const paths = [...new Set(files.map(({ file }) => file))];
  return paths.map((file) => ({
    file,
    edits: files.filter((one) => one.file === file).flatMap(({ edits }) => edits),
  }));
}
