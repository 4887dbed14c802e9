import path from 'node:path';
import { type Analysis, analyze } from '../../src-core/index.ts';
import type { Settings } from '../../src-core/settings.ts';
import type { SourceFile } from '../../src-core/text/source-file.ts';
import { type Decoded, decode } from './encoding.ts';
import { readBytes } from './inputs.ts';

/** What the command line adds to the settings. */
export interface CheckOptions {
  readonly settings: Settings;
  /** A version without a framework: it counts for whichever framework the file is for. */
  readonly version?: string;
}

/** A file beside the checked one, which its config names. */
export interface RelatedFile extends Decoded {
  /** As the reports show it. */
  readonly path: string;
}

/** The outcome of one file. */
export interface Checked {
  readonly analysis: Analysis;
  /** Files that the config names, by the path that the core knows them under. */
  readonly related: ReadonlyMap<string, RelatedFile>;
}

/** Reads a file that a config names; `undefined` when there is none. */
export type ReadRelated = (wanted: string, from: string) => RelatedFile | undefined;

const MOST_ROUNDS = 4;

/** Analyses one file, handing over the files it names until it asks for no more. */
export function checkFile(file: SourceFile, options: CheckOptions, read: ReadRelated): Checked {
  const first = analyzeWithRelated(file, options.settings, new Map(), read);
  const { framework } = first.analysis;
  const { version } = options;
  if (version === undefined || framework === null) return first;
  const versions = { [framework]: version, ...options.settings.versions };
  return analyzeWithRelated(file, { ...options.settings, versions }, first.related, read);
}

function analyzeWithRelated(
  file: SourceFile,
  settings: Settings,
  start: ReadonlyMap<string, RelatedFile>,
  read: ReadRelated,
): Checked {
  const related = new Map(start);
  const asked = new Set(start.keys());
  for (let round = 1; ; round++) {
    const files = new Map([...related].map(([name, { text }]) => [name, text]));
    const analysis = analyze({ file, settings, files });
    const missing = analysis.wanted.filter((wanted) => !asked.has(wanted));
    const found = missing.filter((wanted) => {
      asked.add(wanted);
      const there = read(wanted, file.path);
      if (there !== undefined) related.set(wanted, there);
      return there !== undefined;
    });
    // Files that are not there change nothing.
    if (found.length === 0 || round === MOST_ROUNDS) return { analysis, related };
  }
}

/** Reads from the disk: beside the file first, then from the working folder. */
export function relatedReader(cwd: string): ReadRelated {
  return (wanted, from) => {
    const places = [path.join(path.dirname(from), wanted), wanted];
    for (const shown of path.isAbsolute(wanted) ? [wanted] : places) {
      const data = readBytes(path.resolve(cwd, shown));
      const decoded = typeof data === 'string' ? undefined : decode(data);
      if (decoded !== undefined) return { ...decoded, path: shown };
    }
    return undefined;
  };
}
