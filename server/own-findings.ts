import type { Finding } from '../src-core/finding.ts';
import { english, say } from '../src-core/text/message.ts';
import type { View } from './view.ts';

/**
 * The findings to show in the view's own document: those that lie in it, and those in a file that it
 * names which a value of this document takes part in, shown at that value.
 */
export function ownFindings(view: View): readonly Finding[] {
  return view.analysis.findings.flatMap((finding) => {
    if (view.place(finding.file, finding.span) === view.document) return [finding];
    // In another cell of the same notebook: it is shown there.
    if (finding.file === view.analysis.file.path) return [];
    const part = finding.related.find(({ file, span }) => view.place(file, span) === view.document);
    return part === undefined ? [] : [turned(finding, part)];
  });
}

/** The finding seen from the other end. */
function turned(finding: Finding, part: Finding['related'][number]): Finding {
  const { file, span, message } = finding;
  const said = say`${file}: ${finding.said ?? message}`;
  const here = say`written here`;
  const related = [{ file, span, message: english(here), said: here }];
  return { ...finding, file: part.file, span: part.span, message: english(said), said, related };
}
