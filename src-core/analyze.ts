import { runsAgain } from './analysis/again.ts';
import { type AnalyzedRun, analyzedRun } from './analysis/analyzed-run.ts';
import { adapterContext, fileAccess, type ModuleReader } from './analysis/context.ts';
import { cutOffFindings } from './analysis/cut-off.ts';
import type { RuleFailure } from './analysis/findings.ts';
import { type HardwareDirective, readHardware } from './analysis/hardware.ts';
import { hardwareFinding } from './analysis/hardware-finding.ts';
import { inspectLog } from './analysis/inspect-log.ts';
import { analyzeNotebook } from './analysis/notebook.ts';
import { retyped, type Typing, typedRun, typingOf } from './analysis/retype.ts';
import { type LoweredRun, lowerRuns } from './analysis/runs.ts';
import { analyzeScripts } from './analysis/shell-parts.ts';
import { spacedFindings } from './analysis/spaced-assignment.ts';
import { typographicFindings } from './analysis/typographic.ts';
import { unexportedFindings } from './analysis/unexported.ts';
import { sameInstalls } from './analysis/versions.ts';
import { visible } from './analysis/visible.ts';
import { withCommands } from './analysis/with-commands.ts';
import { analyzeWritten } from './analysis/written.ts';
import type { Finding, Fix } from './finding.ts';
import { resolveFix } from './fix/resolve.ts';
import { readsVariable } from './frameworks/launch.ts';
import { candidates, frameworkId } from './frameworks/registry.ts';
import { isTrainingLog } from './logs/gate.ts';
import { unexportedVariable } from './rules/syntax/unexported-variable.ts';
import { windowsLineEnds } from './rules/syntax/windows-line-ends.ts';
import type { FixIntent } from './run/fix-intent.ts';
import type { Settings } from './settings.ts';
import { correspond } from './syntax/correspond.ts';
import type { Document } from './syntax/document.ts';
import { hasHole, magicViews } from './syntax/magics.ts';
import { isNotebook, readNotebook } from './syntax/notebook.ts';
import { parseDocument } from './syntax/parse.ts';
import { isArgument } from './syntax/plain.ts';
import { mayStartCommands, startedCommands, unlisted } from './syntax/python/commands.ts';
import { type Reread, reparse } from './syntax/reparse.ts';
import { readJob } from './syntax/shell/job.ts';
import type { ShellPart } from './syntax/shell-part.ts';
import { type Directives, readDirectives } from './syntax/suppress.ts';
import type { Watch } from './syntax/watch.ts';
import { writtenFiles } from './syntax/written.ts';
import { mayHoldScripts, shellParts } from './syntax/yaml/scripts.ts';
import type { SourceFile } from './text/source-file.ts';

/** What to look at. */
export interface AnalyzeInput {
  readonly file: SourceFile;
  readonly settings: Settings;
  /** Texts of files that an earlier call wanted, by the very path it gave. */
  readonly files?: ReadonlyMap<string, string>;
  /**
   * `typing` leaves out what takes longer than a keystroke: the search for settings that fit.
   * Findings are the same, some have fewer fixes.
   */
  readonly effort?: 'typing' | 'full';
  /**
   * The analysis of the same file before an edit. What the edit cannot have changed is taken from
   * it; the findings are those of an analysis without it.
   */
  readonly previous?: Analysis;
}

/** What TuneLint knows of a file. */
export interface Analysis {
  readonly file: SourceFile;
  /** Id of the framework of the first run that trains, else of the first; null when there is none. */
  readonly framework: string | null;
  readonly document?: Document | undefined;
  readonly documents: ReadonlyMap<string, Document>;
  readonly runs: readonly AnalyzedRun[];
  readonly findings: readonly Finding[];
  /** Paths, as the file writes them, that the host may read and hand over in `files`. */
  readonly wanted: readonly string[];
  /** Rules that threw: our bugs. */
  readonly failures: readonly RuleFailure[];
  /** What the next letter in the value that was edited needs. */
  readonly typing?: Typing;
  /** The analysis that this one goes on from, letter by letter. */
  readonly base?: Analysis;
  /** What the analysis was made under. */
  readonly basis?: {
    readonly settings: Settings;
    readonly files: AnalyzeInput['files'] | undefined;
    readonly effort: AnalyzeInput['effort'] | undefined;
    /** Whether the file itself says on what it runs. */
    readonly told: boolean;
  };
}

/** Whether the text may be a training config. A few regular expressions, nothing is parsed. */
export function isTrainingConfig(text: string): boolean {
  return candidates(text).length > 0;
}

/** Whether there may be anything to say of a file: a config, or the log of a run. */
export function isTrainingFile(file: SourceFile): boolean {
  const { text, path, language } = file;
  if (isNotebook(file)) {
    const code = readNotebook(file)?.code;
    return code !== undefined && isTrainingFile(code);
  }
  if (language === 'python' && mayStartCommands(text)) return isTrainingConfig(unlisted(text));
  return language === 'log' ? isTrainingLog(text, path) : isTrainingConfig(text);
}

/** Text in, findings out: the whole pipeline for one file. Never throws on input. */
export function analyze(input: AnalyzeInput): Analysis {
  const { file } = input;
  if (file.language === 'log')
    return isTrainingLog(file.text, file.path)
      ? { ...nothing(file), ...inspectLog(input) }
      : nothing(file);
  if (isNotebook(file)) return analyzeNotebook(input, analyze) ?? nothing(file);
  if (file.language === 'yaml' && mayHoldScripts(file.text)) return withScripts(input);
  const written = writtenFiles(file);
  if (written.length === 0) return analyzeFile(input);
  const [own = nothing(file), ...others] = analyzeWritten(input, written, analyzeFile);
  return others.reduce(withCommands, own);
}

/** A file by itself: none that it writes. */
function analyzeFile(input: AnalyzeInput): Analysis {
  const { file } = input;
  const shell = file.language === 'python' ? magicViews(file.text).shell : undefined;
  const own = analyzeText(input);
  const whole = shell === undefined ? own : withCommands(own, commandsIn(input, shell));
  return file.language === 'python' && mayStartCommands(file.text)
    ? withParts(input, whole, startedCommands(file.text))
    : whole;
}

/** A YAML file with the commands that it hands to shells: it is analysed anew with each edit. */
function withScripts({ previous: _, ...input }: AnalyzeInput): Analysis {
  const own = analyzeText(input);
  const parts = own.document === undefined ? [] : shellParts(own.document);
  return withParts(input, own, parts);
}

function withParts(input: AnalyzeInput, own: Analysis, parts: readonly ShellPart[]): Analysis {
  const scripts = analyzeScripts(input, parts, analyzeText);
  const { typing: _typing, ...made } = scripts.reduce(withCommands, own);
  return made;
}

/** The commands of a notebook's `!` lines, which point into the same file. */
function commandsIn(input: AnalyzeInput, text: string): Analysis {
  const found = analyzeText({ ...input, file: { ...input.file, language: 'shell', text } });
  const whole = ({ files }: Fix) =>
    !files.some(({ edits }) => edits.some((edit) => hasHole(edit.text)));
  return {
    ...found,
    // What a cell holds is no file: no shell sees its line ends, and each line has a shell of its own.
    findings: found.findings
      .filter(({ rule }) => rule !== windowsLineEnds.id && rule !== unexportedVariable.id)
      .map((one) => ({ ...one, fixes: one.fixes.filter(whole) })),
  };
}

function analyzeText(input: AnalyzeInput): Analysis {
  const { file, settings } = input;
  const only = settings.framework === undefined ? undefined : frameworkId(settings.framework);
  if (only === undefined && !isTrainingConfig(file.text)) return nothing(file);
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
    ...cutOffFindings(document, runs, settings),
    ...unexportedFindings(document, runs, settings),
    ...typographicFindings(document, runs, settings),
    ...spacedFindings(document, settings),
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

// Apart, so that no closure of an analysis holds the analysis before it.
function isSubset(some: Iterable<string>, all: readonly string[]): boolean {
  return [...some].every((one) => all.includes(one));
}

function sameTexts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);
}

function nothing(file: SourceFile): Analysis {
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
