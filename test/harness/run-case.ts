import path from 'node:path';
import { type Checked, checkFile, type Nearby, readingBy } from '../../server/cli/check-file.ts';
import { applyFixes, type Texts } from '../../server/cli/fix.ts';
import { runSummary, type SummaryValue } from '../../server/report/run-summary.ts';
import { pinPlace } from '../../src-core/analysis/pin-files.ts';
import type { Finding, Fix } from '../../src-core/finding.ts';
import { type AnalyzedRun, isTrainingFile } from '../../src-core/index.ts';
import { applyEdits } from '../../src-core/text/edit.ts';
import type { Case, CaseFile } from './case.ts';
import type { Block } from './markdown.ts';
import { insertRulers } from './rulers.ts';

/** What TuneLint says about the files of a case. */
export interface Outcome {
  /** Findings of every file, by place. */
  readonly findings: readonly Finding[];
  /** Those that train. */
  readonly runs: ReadonlyMap<string, readonly AnalyzedRun[]>;
  /** Files that no adapter would be asked about. */
  readonly unrecognised: readonly string[];
  /** How many places could not be parsed. */
  readonly syntaxProblems: number;
}

/** Looks at the files of a case, with `texts` in place of their own. */
export function look(of: Case, texts: Texts = textsOf(of)): Outcome {
  const wanted = new Set<string>();
  const checked = new Map<string, Checked>();
  const unrecognised: string[] = [];
  for (const file of of.files) {
    const text = texts.get(file.name) ?? '';
    const gated =
      of.settings.framework === undefined && !isTrainingFile({ ...file, path: file.name, text });
    if (gated) unrecognised.push(file.name);
    else checked.set(file.name, checkOne(of, file, text, texts, wanted));
  }
  const roots = [...checked].filter(([name]) => !wanted.has(name));
  return {
    findings: roots
      .flatMap(([, { analysis }]) => analysis.findings)
      .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end),
    runs: new Map([...checked].map(([name, { analysis }]) => [name, trained(analysis.runs)])),
    unrecognised: unrecognised.filter((name) => !wanted.has(name)),
    syntaxProblems: roots.reduce(
      (sum, [, { analysis }]) => sum + (analysis.document?.problems.length ?? 0),
      0,
    ),
  };
}

const trained = (runs: readonly AnalyzedRun[]) => runs.filter((run) => run.trains);

function checkOne(
  of: Case,
  file: CaseFile,
  text: string,
  texts: Texts,
  wanted: Set<string>,
): Checked {
  const read: Nearby['read'] = (name, from) => {
    const beside = path.posix.join(path.posix.dirname(from), name);
    const places = pinPlace(name) ? [beside] : [beside, path.posix.normalize(name)];
    const found = places.find((place) => texts.has(place));
    if (found === undefined) return undefined;
    wanted.add(found);
    return { path: found, text: texts.get(found) ?? '', bom: 0, encoding: 'utf8' };
  };
  const { settings, version } = of;
  const options = version === undefined ? { settings } : { settings, version };
  const input = { path: file.name, text, language: file.language };
  const checked = checkFile(input, options, readingBy(read));
  const named = (name: string) => checked.related.get(name)?.path ?? name;
  const findings = checked.analysis.findings.map((finding) => ({
    ...finding,
    file: named(finding.file),
    fixes: finding.fixes.map((fix) => ({
      ...fix,
      files: fix.files.map((part) => ({ ...part, file: named(part.file) })),
    })),
  }));
  return { ...checked, analysis: { ...checked.analysis, findings } };
}

/** The texts of a case's files by name. */
export function textsOf(of: Case): Texts {
  return new Map(of.files.map((file) => [file.name, file.text]));
}

/** The findings that a case is about. */
export function relevant(of: Case, findings: readonly Finding[]): readonly Finding[] {
  return of.only.length === 0 ? findings : findings.filter(({ rule }) => of.only.includes(rule));
}

/** Every block of a case with the content it should have: what happens now. */
export function actualBlocks(of: Case): ReadonlyMap<Block, string> {
  const outcome = look(of);
  const blocks = new Map<Block, string>();
  const found = relevant(of, outcome.findings);
  for (const file of of.files) {
    const own = found.filter((finding) => finding.file === file.name);
    blocks.set(file.block, insertRulers(file.text, own, file.rulers));
  }
  for (const file of of.fixed) blocks.set(file.block, fixedText(of, file));
  for (const { of: name, index, block } of of.runs)
    blocks.set(block, runText(block, outcome.runs.get(name)?.[index]));
  return blocks;
}

function fixedText(of: Case, file: Case['fixed'][number]): string {
  const findingsOf = (texts: Texts) => relevant(of, look(of, texts).findings);
  const { texts } = applyFixes(textsOf(of), findingsOf, file.allowed);
  const left = findingsOf(texts).filter((finding) => finding.file === file.of);
  return insertRulers(texts.get(file.of) ?? '', left, file.rulers);
}

/** The lines of a run block with the values of now: `precision = bf16 (written)`. */
function runText(block: Block, analyzed: AnalyzedRun | undefined): string {
  const fields = analyzed === undefined ? {} : runSummary(analyzed.run).fields;
  const lines = block.text.split('\n').map((line) => {
    const name = /^(\w+)/.exec(line)?.[1];
    if (name === undefined) return line;
    const value = fields[name];
    return value === undefined ? `${name} is no field of a run here` : `${name} = ${shown(value)}`;
  });
  return lines.join('\n');
}

function shown({ value, known, from }: SummaryValue): string {
  const plain = typeof value === 'object' && value !== null && 'text' in value ? value.text : value;
  const text = typeof plain === 'string' ? plain : JSON.stringify(plain);
  return `${known ? text : 'unknown'} (${from})`;
}

/** The texts after one fix; `undefined` when it touches a file the case does not have. */
export function afterFix(of: Case, fix: Fix): Texts | undefined {
  const texts = new Map(textsOf(of));
  for (const { file, edits } of fix.files) {
    const text = texts.get(file);
    if (text === undefined) return undefined;
    texts.set(file, applyEdits(text, edits));
  }
  return texts;
}
