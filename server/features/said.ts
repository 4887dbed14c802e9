import type { Diagnostic } from 'vscode-languageserver';
import type { Finding } from '../../src-core/finding.ts';
import { toDiagnostic } from '../proto/to-proto.ts';
import { type Seen, seenIn } from '../seen.ts';
import { logError, type Shell } from '../shell.ts';
import type { View } from '../view.ts';

/** A finding of an earlier text that is still the same object stands before every edit since. */
const converted = new WeakMap<Finding, Diagnostic>();

/** The diagnostics of the findings that are shown in a document. */
function diagnosticsOf(shell: Shell, { findings }: Seen): Diagnostic[] {
  return findings.map(({ view, finding }) => {
    const diagnostic = converted.get(finding) ?? toDiagnostic(view, finding, shell);
    converted.set(finding, diagnostic);
    return diagnostic;
  });
}

/** Whether the same is said at the same places. */
export function isSame(before: unknown, now: unknown): boolean {
  if (before === now) return true;
  if (!isObject(before) || !isObject(now)) return false;
  const keys = Object.keys(before);
  const same = (key: string) => isSame(before[key], now[key]);
  return keys.length === Object.keys(now).length && keys.every(same);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What is said of a document, and the view that says so; none where an earlier session did. */
interface Said {
  readonly view: View | undefined;
  readonly diagnostics: Diagnostic[];
}

/** Says what there is to say of documents, from memory where one is opened as it was left. */
export class Speaker {
  /** Documents that were opened or saved since they were spoken of. */
  private readonly settled = new Set<string>();

  constructor(private readonly shell: Shell) {}

  /** The document was opened or saved: what is said of it next is to be remembered. */
  settle(uri: string): void {
    this.settled.add(uri);
  }

  forget(uri: string): void {
    this.settled.delete(uri);
  }

  /** `differs` is called when what was remembered turns out not to be what would be said now. */
  async say(uri: string, look: () => Promise<Seen>, differs: () => void): Promise<Said> {
    const { session, recall, launchers } = this.shell;
    const isCell = session.isCell(uri);
    const before = session.isNew(uri) && !isCell ? await recall.find(uri) : undefined;
    if (before !== undefined) {
      this.later(() => this.check(uri, before, differs));
      return { view: undefined, diagnostics: before };
    }
    const seen = await look();
    const { own: view, shared } = seen;
    const diagnostics = diagnosticsOf(this.shell, seen);
    if (view !== undefined && this.settled.delete(uri) && !isCell && !shared)
      this.later(async () => recall.keep(view, diagnostics));
    if (view !== undefined) launchers?.look(view);
    return { view, diagnostics };
  }

  /** Judges a document of which was said what an earlier session said. */
  private async check(uri: string, before: Diagnostic[], differs: () => void): Promise<void> {
    const { session, launchers } = this.shell;
    const version = session.documents.get(uri)?.version;
    const seen = await seenIn(session, uri);
    if (version !== session.documents.get(uri)?.version) return;
    if (!isSame(before, diagnosticsOf(this.shell, seen))) differs();
    if (seen.own !== undefined) launchers?.look(seen.own);
  }

  /** After what was said is on its way. */
  private later(act: () => Promise<void>): void {
    const { connection, host } = this.shell;
    host
      .breathe()
      .then(act)
      .catch((error) => logError(connection, 'recall', error));
  }
}
