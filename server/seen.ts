import type { CancellationToken } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding } from '../src-core/finding.ts';
import { hasCard } from '../src-core/run/cards.ts';
import type { AnalyzedRun } from './core.ts';
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
    if (view && document && runsWith(view, document).length > 0)
      launches.push({ ...view, document, version: document.version });
  }
  if (token?.isCancellationRequested) return NOTHING;
  if (launches.length === 0) return { own, findings: own ? alone(own) : [], shared: false };
  const views = own === undefined || launches.some((one) => speaksFor(one, own)) ? [] : [own];
  return {
    own,
    findings: distinct([...views, ...launches]),
    shared: launches.length > 0,
  };
}

function alone(view: View): readonly SeenFinding[] {
  return ownFindings(view).map((finding) => ({ view, finding }));
}

/** The runs of a view that have options in a document other than its own. */
function runsWith(view: View, document: TextDocument): readonly AnalyzedRun[] {
  // A run that is one command of the text has none elsewhere.
  return view.analysis.runs.filter(
    (run) =>
      run.unit === undefined &&
      run.recognized.sections.some(({ file }) => view.found.get(file) === document),
  );
}

/** Whether a launch stands for the document: it starts it, or it knows a card where that knows none. */
function speaksFor(launch: View, own: View): boolean {
  const runs = runsWith(launch, own.document);
  const onCard =
    !own.analysis.runs.some(({ run }) => hasCard(run)) && runs.some(({ run }) => hasCard(run));
  return onCard || runs.some(({ recognized }) => recognized.started !== undefined);
}

function distinct(views: readonly View[]): readonly SeenFinding[] {
  const seen = new Map<string, SeenFinding>();
  for (const view of views)
    for (const finding of ownFindings(view)) {
      const { span, rule, message } = finding;
      const key = `${span.start} ${span.end} ${rule} ${message}`;
      if (!seen.has(key)) seen.set(key, { view, finding });
    }
  return [...seen.values()];
}
