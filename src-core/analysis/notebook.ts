import type { Analysis, AnalyzeInput } from '../analyze.ts';
import type { FileEdits, Finding, Fix } from '../finding.ts';
import type { Notebook } from '../syntax/notebook.ts';
import { readNotebook } from '../syntax/notebook.ts';

/**
 * Analyses the code of a notebook. Findings and fixes point into the file; the document and what
 * hangs on it belong to the code, so there is none.
 */
export function analyzeNotebook(
  input: AnalyzeInput,
  analyzeCode: (input: AnalyzeInput) => Analysis,
): Analysis | undefined {
  const notebook = readNotebook(input.file);
  if (notebook === undefined) return undefined;
  const { document: _, ...found } = analyzeCode({ ...input, file: notebook.code });
  return {
    ...found,
    file: input.file,
    runs: found.runs.map((run) => ({ ...run, span: notebook.toFile(run.span) })),
    findings: found.findings.map((finding) => placed(finding, input.file.path, notebook)),
  };
}

function placed(finding: Finding, path: string, notebook: Notebook): Finding {
  const inFile = <T extends Pick<Finding, 'file' | 'span'>>(one: T): T =>
    one.file === path ? { ...one, span: notebook.toFile(one.span) } : one;
  const edits = (part: FileEdits): FileEdits =>
    part.file !== path
      ? part
      : {
          ...part,
          edits: part.edits.map(({ span, text }) => ({
            span: notebook.toFile(span),
            text: notebook.escape(text),
          })),
        };
  const fixes = finding.fixes.map((fix): Fix => ({ ...fix, files: fix.files.map(edits) }));
  return { ...inFile(finding), related: finding.related.map(inFile), fixes };
}
