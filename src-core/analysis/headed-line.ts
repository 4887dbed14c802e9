import type { Finding, Fix } from '../finding.ts';
import { cutOffCommand } from '../rules/syntax/cut-off-command.ts';
import type { Settings } from '../settings.ts';
import type { Document } from '../syntax/document.ts';
import { isMakefile } from '../syntax/shell/makefile.ts';
import { HEADED } from '../syntax/shell/repair.ts';
import { say } from '../text/message.ts';
import { type Span, span } from '../text/span.ts';
import { looseFinding, looseFix } from './loose-finding.ts';

/** `&&`, `||` and `|` at the head of a line: bash and dash stop there, and run nothing that follows. */
export function headedFindings(document: Document, settings: Settings): readonly Finding[] {
  const { file, problems } = document;
  if (file.language !== 'shell' || isMakefile(file.path)) return [];
  const [head] = problems.filter(({ message }) => message === HEADED);
  if (head === undefined) return [];
  const { start, end } = head.span;
  const operator = file.text.slice(start, end);
  const said = say`a command cannot begin with \`${operator}\`: the shell stops here, and runs nothing that follows. The line before needs \`\\\` at its end`;
  const fixes = joined(file.text, head.span, file.path);
  return looseFinding(cutOffCommand, settings, said, { file: file.path, span: head.span, fixes });
}

/** Joins the line to the one before, where that is a command's and not empty. */
function joined(text: string, { start }: Span, file: string): readonly Fix[] {
  const lineEnd = text.lastIndexOf('\n', start);
  const before = text.slice(text.lastIndexOf('\n', lineEnd - 1) + 1, lineEnd);
  if (lineEnd < 0 || before.includes('#') || before.trim() === '') return [];
  const at = lineEnd - (before.length - before.trimEnd().length);
  const edits = [{ span: span(at, lineEnd), text: ' \\' }];
  return [looseFix(file, say`End the line before with \`\\\``, edits)];
}
