import type { CancellationToken } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding } from '../src-core/finding.ts';
import { english, type Message, say } from '../src-core/text/message.ts';
import type { AnalyzedRun } from './core.ts';
import { identityOf, isSurer, launchesOf, namesCard, speaksFor } from './launches.ts';
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

/** The views that have a say on a document: its own, and those of the launches that start a run with it. */
export interface Sayers {
  readonly own: View | undefined;
  /** Open documents, and scripts on the disk, as seen from the document. */
  readonly launches: readonly LaunchView[];
  /** Whether a launch stands for the document. */
  readonly spoken: boolean;
}

/** The view of a launch, with the document that it starts in place of its own. */
export interface LaunchView extends View {
  /** The document that the launch stands in. */
  readonly launcher: string;
}

/** Who has a say on a document: a script knows the card and how many processes share the work. */
export async function sayersOf(
  session: Session,
  uri: string,
  token?: CancellationToken,
  effort?: Effort,
): Promise<Sayers> {
  const own = await session.view(uri, token, effort);
  const launches: LaunchView[] = [];
  for (const launcher of session.readers(uri)) {
    const view = await session.view(launcher, token, effort);
    const document = session.documents.get(uri);
    if (view && document && runsWith(view, document).length > 0)
      launches.push({ ...view, launcher, document, version: document.version });
  }
  const spoken = own === undefined || launches.some((one) => standsFor(one, own));
  return { own, launches, spoken: launches.length > 0 && spoken };
}

/** What a document says by itself, and what the launches say of it that start a run with it. */
export async function seenIn(
  session: Session,
  uri: string,
  token?: CancellationToken,
  effort?: Effort,
): Promise<Seen> {
  const sayers = await sayersOf(session, uri, token, effort);
  const { own, launches } = sayers;
  if (token?.isCancellationRequested) return NOTHING;
  if (launches.length === 0) return { own, findings: own ? alone(own) : [], shared: false };
  return { own, findings: together(sayers), shared: true };
}

/** The runs of a view that have options in another document. */
export function runsWith({ analysis, found }: View, document: TextDocument): AnalyzedRun[] {
  // A run that is one command of the text has none elsewhere.
  return analysis.runs.filter(
    (run) =>
      run.unit === undefined &&
      run.recognized.sections.some(({ file }) => found.get(file) === document),
  );
}

function alone(view: View): readonly SeenFinding[] {
  return ownFindings(view).map((finding) => ({ view, finding }));
}

/** The findings of the document by itself, unless a launch stands for it, and those of its launches. */
function together({ own, launches, spoken }: Sayers): readonly SeenFinding[] {
  const byItself = new Map<string, SeenFinding>();
  for (const one of own ? alone(own) : []) byItself.set(identityOf(one.finding), one);
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
  return speaksFor(launches, own.document.uri, () =>
    own.analysis.runs.some(({ run }) => namesCard(run)),
  );
}

/** What only a launch shows, with its file. */
function inRunOf(view: View, finding: Finding): Finding {
  const said = ofLaunch(view, finding.said ?? finding.message);
  return { ...finding, message: english(said), said };
}

/** What a launch says, with its file. */
export function ofLaunch({ analysis }: View, said: Message): Message {
  return say`${said} (in the run of ${analysis.file.path.replace(/.*\//, '')})`;
}
