import type { Finding, Fix } from '../../src-core/finding.ts';
import { joinedLines } from '../../src-core/syntax/joined.ts';
import { newlineOf } from '../../src-core/syntax/patch/lines.ts';
import type { TextEdit } from '../../src-core/text/edit.ts';
import { english, say } from '../../src-core/text/message.ts';
import type { Core } from '../core.ts';
import { judgedWith } from '../judged-with.ts';
import type { View } from '../view.ts';

/** The comment that silences the finding's rule, on a line of its own. */
function comment({ analysis }: View, { rule, span }: Finding): TextEdit {
  const { document, file } = analysis;
  const { text } = file;
  const lines = document === undefined ? undefined : joinedLines(document, span);
  const at = lines?.start ?? text.lastIndexOf('\n', span.start - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(at))?.[0] ?? '';
  return {
    span: { start: at, end: at },
    text: `${indent}# tunelint: ignore[${rule}]${newlineOf(text)}`,
  };
}

/** Whether the finding is gone with the comment, and no finding of another rule. */
function silences(core: Core, view: View, finding: Finding, edit: TextEdit): boolean {
  const { file, findings: before } = view.analysis;
  const after = judgedWith(core, view, [{ file: file.path, edits: [edit] }]);
  const own = (all: readonly Finding[]) => all.filter(({ rule }) => rule === finding.rule).length;
  return own(after) < own(before) && after.length - own(after) === before.length - own(before);
}

/** Inserts the comment that silences the finding's rule; none where no comment can stand, or it lies in another file. */
export function ignoreFix(core: Core, view: View, finding: Finding): Fix | undefined {
  const { file } = view.analysis;
  if (finding.file !== file.path) return undefined;
  if (file.language === 'json' || file.language === 'log') return undefined;
  const edit = comment(view, finding);
  if (!silences(core, view, finding, edit)) return undefined;
  const said = say`Ignore ${finding.rule} here`;
  return {
    title: english(said),
    said,
    safety: 'unsafe',
    files: [{ file: file.path, edits: [edit] }],
  };
}
