import type { CancellationToken } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding } from '../src-core/finding.ts';
import { english, say } from '../src-core/text/message.ts';
import { identityOf, isSurer, knowsCard, launchesOf, speaksFor } from './launches.ts';
import { ownFindings } from './own-findings.ts';
import type { Session } from './session.ts';
import type { Effort, View } from './view.ts';

/** What there is to say of a document. */
export interface Seen {
  /** Its own view. */
  readonly own: View | undefined;
  /** The findings to show in it, each with the view that it comes from. */
  readonly findings: readonly SeenFinding[];
  /** Whether another open document has a say. */
  readonly shared: boolean;
}

export interface SeenFinding {
  readonly view: View;
  readonly finding: Finding;
}

const NOTHING: Seen = { own: undefined, findings: [], shared: false };

/**
 * What a document says by itself, and what open documents say of it that start a run with it: a script
 * knows the card and how many processes share the work.
 */
export async function seenIn(
  session: Session,
  uri: string,
  token?: CancellationToken,
  effort?: Effort,
): Promise<Seen> {
  const own = await session.view(uri, token, effort);
  const launches: View[] = [];
  for (const reader of session.readers(uri)) {
    const view = await session.view(reader, token, effort);
    const document = session.documents.get(uri);
    if (view && document && launchesWith(view, document))
      launches.push({ ...view, document, version: document.version });
  }
  if (token?.isCancellationRequested) return NOTHING;
  if (launches.length === 0) return { own, findings: own ? alone(own) : [], shared: false };
  return { own, findings: together(own, launches), shared: true };
}

/** Whether a run of a view has options in another document. */
export function launchesWith({ analysis, found }: View, document: TextDocument): boolean {
  // A run that is one command of the text has none elsewhere.
  return analysis.runs.some(
    (run) =>
      run.unit === undefined &&
      run.recognized.sections.some(({ file }) => found.get(file) === document),
  );
}

function alone(view: View): readonly SeenFinding[] {
  return ownFindings(view).map((finding) => ({ view, finding }));
}

/** The findings of the document by itself, unless a launch stands for it, and those of its launches. */
function together(own: View | undefined, launches: readonly View[]): readonly SeenFinding[] {
  const byItself = new Map<string, SeenFinding>();
  for (const one of own ? alone(own) : []) byItself.set(identityOf(one.finding), one);
  const spoken = own === undefined || launches.some((one) => standsFor(one, own));
  const seen = new Map(spoken ? [] : byItself);
  for (const view of launches)
    for (const finding of ownFindings(view)) {
      const identity = identityOf(finding);
      const said = seen.get(identity);
      if (said && !isSurer(finding, said.finding)) continue;
      const known = byItself.has(identity);
      seen.set(identity, { view, finding: known ? finding : inRunOf(view, finding) });
    }
  return [...seen.values()];
}

function standsFor({ analysis, found }: View, own: View): boolean {
  const launches = launchesOf(analysis.runs, (path) => found.get(path)?.uri);
  return speaksFor(launches, own.document.uri, () => !knowsCard(own.analysis.runs));
}

/** What only a launch shows, with its file. */
function inRunOf({ analysis }: View, finding: Finding): Finding {
  const name = analysis.file.path.replace(/.*\//, '');
  const said = say`${finding.said ?? finding.message} (in the run of ${name})`;
  return { ...finding, message: english(said), said };
}
