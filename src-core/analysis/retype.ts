import type { Analysis } from '../analyze.ts';
import type { Finding } from '../finding.ts';
import type { Adapter, AdapterContext, Recognized } from '../frameworks/framework.ts';
import { candidates } from '../frameworks/registry.ts';
import { isArgument, isNumeral, plainValue } from '../syntax/plain.ts';
import { NO_DIRECTIVES } from '../syntax/suppress.ts';
import type { Said, Watch } from '../syntax/watch.ts';
import { changeBetween } from '../text/change.ts';
import { lazy } from '../text/lazy.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { Span } from '../text/span.ts';
import { type AnalyzedRun, LazyRun, late, saidOf } from './analyzed-run.ts';
import { type FindingTools, runRule } from './findings.ts';
import { allOf, grownTo, type Moves, movedFindings } from './moved-finding.ts';
import { ruleContext } from './rule-context.ts';
import { sameRecognized } from './same-recognized.ts';
import { visible } from './visible.ts';

/** What an analysis keeps for the next letter that is typed into the same value. */
export interface Typing {
  readonly watch: Watch;
  /** The run that the value belongs to. */
  readonly run: AnalyzedRun;
  readonly tools: FindingTools;
  /** Finds the runs of the command once more, and what it found with the value as it was. */
  readonly recognize: () => readonly Recognized[];
  readonly recognized: () => readonly Recognized[];
  /** Findings of no run. */
  readonly loose: readonly Finding[];
  readonly asked: readonly Adapter[];
}

/** What to keep of a run whose value was watched. */
export function typingOf(
  kept: Omit<Typing, 'recognize' | 'recognized'>,
  context: AdapterContext,
): Typing {
  const { watch, run, asked } = kept;
  const section = run.recognized.sections.find(({ entries }) =>
    entries.some(({ value }) => value === watch.node),
  );
  const document = section?.document;
  const recognize = () =>
    document === undefined
      ? []
      : watch.aside(() => asked.flatMap((adapter) => adapter.recognize(document, context)));
  return { ...kept, recognize, recognized: lazy(recognize) };
}

/** The run that the watched value belongs to, when all that came of the value is accounted for. */
export function typedRun(runs: readonly AnalyzedRun[], watch: Watch): AnalyzedRun | undefined {
  const judged = runs.filter((run) => run.judged !== undefined);
  const holds = ({ value }: { readonly value: unknown }) => value === watch.node;
  const [own, ...more] = judged.filter(({ options }) =>
    options.entries.some(({ entry }) => holds(entry)),
  );
  if (own === undefined || more.length > 0 || watch.isOpen) return undefined;
  const elsewhere = judged.some(
    (run) =>
      run.recognized.launch.entries.some(holds) ||
      (run !== own && run.judged?.some(({ looked }) => looked)),
  );
  return elsewhere ? undefined : own;
}

/**
 * The analysis after letters typed into the value that `before` watched: only what looks at the
 * value is judged again, all else moves. `undefined` when more may have changed. `whole` is the
 * analysis made the long way; it is asked when somebody wants more than the findings.
 */
export function retyped(
  before: Analysis,
  file: SourceFile,
  whole: (base: Analysis) => Analysis,
): Analysis | undefined {
  const base = before.base ?? before;
  const { typing } = base;
  if (typing === undefined) return undefined;
  if (base.file.text === file.text) return base;
  const value = typedInto(typing.watch.node.span, base.file, file);
  if (value === undefined || !isAsked(typing.asked, file.text)) return undefined;
  const { span, said } = value;
  const judged = isRecognized(typing, file.language, said)
    ? typing.watch.as(said, () => judgedAgain(base, typing))
    : undefined;
  const moves = grownTo(typing.watch.node.span, span.end);
  return judged && goneOn(base, file, judged, moves, () => whole(base));
}

/** The value after the edit, when the edit lies in it and it is as plain as it was. */
function typedInto(
  old: Span,
  before: SourceFile,
  file: SourceFile,
): { readonly span: Span; readonly said: Said } | undefined {
  const change = changeBetween(before.text, file.text);
  if (change === undefined || change.start < old.start || change.end > old.end) return undefined;
  const span = { start: old.start, end: old.end + change.by };
  const said = plainValue(file.language, file.text, span);
  const alike = file.language !== 'shell' || (said !== undefined && isArgument(said.text));
  return said !== undefined && alike ? { span, said } : undefined;
}

/**
 * Whether the run is recognised as before. In a script any word may name a program or a file; a number
 * names none. In a file, who looks at the value while recognising it leaves it open.
 */
function isRecognized(typing: Typing, language: SourceFile['language'], said: Said): boolean {
  if (language !== 'shell' || isNumeral(said.text)) return true;
  const { watch, recognized, recognize } = typing;
  return sameRecognized(recognized(), watch.as(said, recognize));
}

function isAsked(asked: readonly Adapter[], text: string): boolean {
  const now = candidates(text);
  return now === asked || (now.length === asked.length && now.every((one, i) => one === asked[i]));
}

/** Findings by run, and those of no run. */
interface Judged {
  readonly loose: readonly Finding[];
  readonly runs: readonly (readonly Finding[])[];
}

/** Findings at their old places; `undefined` when one of the framework's own checks speaks up. */
function judgedAgain(base: Analysis, { watch, run, tools, loose }: Typing): Judged | undefined {
  if (!watch.stillContent()) return undefined;
  const failures: FindingTools['failures'] = [];
  const numbers = ruleContext(run.run, undefined);
  const own = run.judged?.flatMap(({ rule, findings, looked }) =>
    looked ? runRule(rule, run, numbers, { ...tools, failures }) : findings,
  );
  if (own === undefined || failures.length > 0) return undefined;
  return { loose, runs: base.runs.map((one) => (one === run ? own : one.findings)) };
}

/** The analysis with everything at its new place; `undefined` when a place is gone. */
function goneOn(
  base: Analysis,
  file: SourceFile,
  judged: Judged,
  moves: Moves,
  makeWhole: () => Analysis,
): Analysis | undefined {
  const move = (found: readonly Finding[]) => movedFindings(found, file.path, moves);
  const loose = move(judged.loose);
  const findings = allOf(judged.runs.map(move));
  const spans = allOf(base.runs.map(({ span }) => moves.place(span)));
  if (loose === undefined || findings === undefined || spans === undefined) return undefined;
  const whole = late(makeWhole);
  const runs = base.runs.map(
    (run, i) =>
      new LazyRun(
        { ...saidOf(run), span: spans[i] ?? run.span, findings: findings[i] ?? [] },
        late(() => whole().runs[i]),
      ),
  );
  const { framework, wanted, basis } = base;
  return {
    ...{ file, base, framework, runs, wanted, failures: [] },
    ...(basis && { basis }),
    findings: visible([...loose, ...findings.flat()], file.path, NO_DIRECTIVES, base.documents),
    get document() {
      return whole().document;
    },
    get documents() {
      return whole().documents;
    },
  };
}
