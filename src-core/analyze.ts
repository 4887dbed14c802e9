import type { AnalyzedRun } from './analysis/analyzed-run.ts';
import type { RuleFailure } from './analysis/findings.ts';
import { inspectLog } from './analysis/inspect-log.ts';
import { analyzeNotebook } from './analysis/notebook.ts';
import { analyzeText, nothing } from './analysis/one-text.ts';
import type { Typing } from './analysis/retype.ts';
import { analyzeScripts } from './analysis/shell-parts.ts';
import { withCommands } from './analysis/with-commands.ts';
import { analyzeWritten } from './analysis/written.ts';
import type { Finding, Fix } from './finding.ts';
import { candidates } from './frameworks/registry.ts';
import { isTrainingLog } from './logs/gate.ts';
import { unexportedVariable } from './rules/syntax/unexported-variable.ts';
import { windowsLineEnds } from './rules/syntax/windows-line-ends.ts';
import type { Settings } from './settings.ts';
import type { Document } from './syntax/document.ts';
import { hasHole, magicViews } from './syntax/magics.ts';
import { isNotebook, readNotebook } from './syntax/notebook.ts';
import { mayStartCommands, startedCommands, unlisted } from './syntax/python/commands.ts';
import type { ShellPart } from './syntax/shell-part.ts';
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
