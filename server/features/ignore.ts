import type { Finding, Fix } from '../../src-core/finding.ts';
import { english, say } from '../../src-core/text/message.ts';
import { contains } from '../../src-core/text/span.ts';
import type { View } from '../view.ts';

/** Where the line begins that a comment has to stand above, to speak of the finding. */
function anchor({ analysis }: View, { span }: Finding): number {
  const { document, file } = analysis;
  // No comment can stand between the lines of a shell command: it goes above the whole command.
  const unit =
    file.language === 'shell'
      ? document?.units.find((each) => contains(each.span, span.start))
      : undefined;
  return file.text.lastIndexOf('\n', (unit ?? { span }).span.start - 1) + 1;
}

/** Inserts the comment that silences the finding's rule; JSON and logs have none. */
export function ignoreFix(view: View, finding: Finding): Fix | undefined {
  const { file } = view.analysis;
  if (file.language === 'json' || file.language === 'log') return undefined;
  const at = anchor(view, finding);
  const indent = /^[ \t]*/.exec(file.text.slice(at))?.[0] ?? '';
  const newline = file.text.includes('\r\n') ? '\r\n' : '\n';
  const text = `${indent}# tunelint: ignore[${finding.rule}]${newline}`;
  const said = say`Ignore ${finding.rule} here`;
  return {
    title: english(said),
    said,
    safety: 'unsafe',
    files: [{ file: file.path, edits: [{ span: { start: at, end: at }, text }] }],
  };
}
