import type { Analysis, AnalyzeInput } from '../analyze.ts';
import type { Fix } from '../finding.ts';
import { candidates } from '../frameworks/registry.ts';
import { unexportedVariable } from '../rules/syntax/unexported-variable.ts';
import { windowsLineEnds } from '../rules/syntax/windows-line-ends.ts';
import { hasHole } from '../syntax/magics.ts';
import { type ShellPart, shellParts } from '../syntax/yaml/scripts.ts';

/** The analyses of the commands that a YAML file for jobs starts, which point into the same file. */
export function analyzeScripts(
  input: AnalyzeInput,
  own: Analysis,
  analyzeText: (input: AnalyzeInput) => Analysis,
): readonly Analysis[] {
  const parts = own.document === undefined ? [] : shellParts(own.document);
  return parts.flatMap((part) => {
    if (candidates(part.text).length === 0) return [];
    const { previous: _, ...rest } = input;
    const file = { ...input.file, language: 'shell', text: part.text } as const;
    const found = analyzeText({ ...rest, file });
    return found.runs.length === 0 ? [] : { ...found, findings: writable(found, part) };
  });
}

/** The findings with the fixes that leave the YAML what it is. */
function writable({ findings }: Analysis, part: ShellPart): Analysis['findings'] {
  const others: readonly string[] = [windowsLineEnds.id, unexportedVariable.id];
  const kept = ({ files }: Fix): boolean =>
    files.every(({ edits }) =>
      edits.every(
        ({ text }) => !hasHole(text) && (part.edits === 'all' || /^[\w ./=-]*$/.test(text)),
      ),
    );
  return findings
    .filter(({ rule }) => part.edits === 'all' || !others.includes(rule))
    .map((one) => ({ ...one, fixes: part.edits === 'none' ? [] : one.fixes.filter(kept) }));
}
