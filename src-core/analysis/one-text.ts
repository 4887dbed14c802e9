import type { Analysis, AnalyzeInput } from '../analyze.ts';
import { resolveFix } from '../fix/resolve.ts';
import { readsVariable } from '../frameworks/launch.ts';
import { candidates, frameworkId } from '../frameworks/registry.ts';
import type { FixIntent } from '../run/fix-intent.ts';
import { correspond } from '../syntax/correspond.ts';
import type { Document } from '../syntax/document.ts';
import { parseDocument } from '../syntax/parse.ts';
import { isArgument } from '../syntax/plain.ts';
import { type Reread, reparse } from '../syntax/reparse.ts';
import { readJob } from '../syntax/shell/job.ts';
import { type Directives, readDirectives } from '../syntax/suppress.ts';
import type { Watch } from '../syntax/watch.ts';
import type { SourceFile } from '../text/source-file.ts';
import { runsAgain } from './again.ts';
import { type AnalyzedRun, analyzedRun } from './analyzed-run.ts';
import { adapterContext, fileAccess, type ModuleReader } from './context.ts';
import type { RuleFailure } from './findings.ts';
import { type HardwareDirective, readHardware } from './hardware.ts';
import { hardwareFinding } from './hardware-finding.ts';
import { retyped, typedRun, typingOf } from './retype.ts';
import { type LoweredRun, lowerRuns } from './runs.ts';
import { shellFindings } from './shell-findings.ts';
import { sameInstalls } from './versions.ts';
import { visible } from './visible.ts';

/** Analyses one text: neither the scripts in it nor the files that it writes. */
export function analyzeText(input: AnalyzeInput): Analysis {
  const { file, settings } = input;
  const only = settings.framework === undefined ? undefined : frameworkId(settings.framework);
  if (only === undefined && candidates(file.text).length === 0) return nothing(file);
  const before = comparable(input);
  // What an analysis makes when it is asked holds none but the one that it goes on from.
  const { previous: _, ...alone } = input;
  const whole = (base?: Analysis) => analyzeWhole(alone, only, base);
  return (before && retyped(before, file, whole)) ?? whole(before);
}

function analyzeWhole(
  { file, settings, files, effort }: AnalyzeInput,
  only: string | undefined,
  before: Analysis | undefined,
): Analysis {
  const reread = before?.document && reparse(before.document, file);
  const access = fileAccess(
    parsing(file, before?.document, reread?.document),
    files,
    before && besides(before),
  );
  const document = access.main;
  const directives = readDirectives(document);
  const job = file.language === 'shell' ? readJob(file.text) : undefined;
  const hardware = readHardware(settings, file.path, directive(directives, 'gpu'), job);
  const asked = only ?? named(directive(directives, 'framework'));
  const plain = asked === undefined && directives.ignores.length === 0;
  const watch = reread && plain ? watchOf(reread) : undefined;
  const context = adapterContext(settings, hardware, access, watch);
  const failures: RuleFailure[] = [];
  const resolve = (intent: FixIntent, run: LoweredRun) => resolveFix(intent, run, access.documents);
  const tools = { settings, failures, resolve };
  const judging = { tools, search: effort !== 'typing', watch };
  const judge = (part: Document): readonly AnalyzedRun[] =>
    lowerRuns(part, context, asked).map((one) => analyzedRun(one, part, judging));
  const told = directives.settings.length > 0 || job !== undefined;
  const goesOn = before && file.language === 'shell' && !told && before.basis?.told !== true;
  const beside =
    goesOn && before.document
      ? (reread ?? correspond(before.document, document, readsVariable))
      : undefined;
  const again = before && beside ? runsAgain(before, beside, judge) : undefined;
  const known = again && isSubset(access.wanted, before?.wanted ?? []);
  const runs = again && known ? again : judge(document);
  const basis = { settings, files, effort, told };
  const wanted = known && before ? before.wanted : [...access.wanted];
  if (runs.length === 0) return { ...nothing(file), document, basis, wanted };
  const documents = known
    ? new Map([...(before?.documents ?? []), ...access.documents])
    : access.documents;
  const loose = [
    ...hardwareFinding(hardware, runs, settings),
    ...shellFindings(document, runs, settings),
  ];
  const run = watch && typedRun(runs, watch);
  return {
    ...{ file, document, documents, runs, failures, basis, wanted },
    framework: (runs.find((one) => one.trains) ?? runs[0])?.framework ?? null,
    findings: visible(
      [...loose, ...runs.flatMap((one) => one.findings)],
      file.path,
      directives,
      documents,
    ),
    ...(run && {
      typing: typingOf({ watch, run, tools, loose, asked: candidates(file.text) }, context),
    }),
  };
}

// These stand apart, so that no closure of an analysis holds the analysis before it.

/** Gives the document: `made`, where it was made without the parser. */
function parsing(file: SourceFile, before: Document | undefined, made: Document | undefined) {
  return (module: ModuleReader): Document => made ?? parseDocument(file, before, { module });
}

/** The documents of other files: in that of the file itself a value may be watched for that analysis. */
function besides({ documents, file }: Analysis): ReadonlyMap<string, Document> {
  const others = new Map(documents);
  others.delete(file.path);
  return others;
}

/** Who looks at the edited value, where that can be told. */
function watchOf({ document, watch }: Reread): Watch | undefined {
  const { language, text } = document.file;
  if (watch === undefined || language !== 'shell') return watch;
  const { start, end } = watch.node.span;
  return isArgument(text.slice(start, end)) ? watch : undefined;
}

/** The analysis before, when nothing but the text is different. */
function comparable({ previous, file, settings, files, effort }: AnalyzeInput) {
  if (previous?.basis === undefined || previous.failures.length > 0) return undefined;
  const { basis } = previous;
  const same =
    previous.file.path === file.path &&
    previous.file.language === file.language &&
    basis.settings === settings &&
    basis.effort === effort &&
    sameTexts(basis.files ?? new Map(), files ?? new Map()) &&
    sameInstalls(previous.file.text, file.text);
  return same ? previous : undefined;
}

function isSubset(some: Iterable<string>, all: readonly string[]): boolean {
  return [...some].every((one) => all.includes(one));
}

function sameTexts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);
}

/** There is nothing to say of the file. */
export function nothing(file: SourceFile): Analysis {
  return {
    file,
    framework: null,
    documents: new Map(),
    runs: [],
    findings: [],
    wanted: [],
    failures: [],
  };
}

function named(one: HardwareDirective | undefined): string | undefined {
  return one === undefined ? undefined : frameworkId(one.text);
}

function directive(directives: Directives, key: string): HardwareDirective | undefined {
  const found = directives.settings.findLast((one) => one.key === key);
  return found === undefined ? undefined : { text: found.value, span: found.valueSpan };
}
