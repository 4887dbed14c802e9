import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CheckOptions, checkFile, type Nearby, readerFor } from './check-file.ts';
import { type Decoded, encode } from './encoding.ts';
import { type Allowed, applyFixes } from './fix.ts';
import type { InputFile, InputProblem } from './inputs.ts';
import { Launched } from './launched.ts';
import { checkInput } from './outcome.ts';
import { type Helpers, outcomesOf } from './threads.ts';

/** What fixing a set of files did. */
export interface FixOutcome {
  /** The files with their new texts. */
  readonly files: readonly InputFile[];
  readonly applied: number;
  /** Paths that were written. */
  readonly written: readonly string[];
  readonly problems: readonly InputProblem[];
}

interface Place extends Decoded {
  readonly path: string;
}

interface FixedPlace extends Place {
  /** The text before any fix. */
  readonly original: string;
}

/** What `fixFiles` is told. */
export interface FixOptions extends CheckOptions {
  readonly allowed: Allowed;
  readonly cwd: string;
  /** Writes files in place; otherwise nothing but the text of the first file changes. */
  readonly write: boolean;
}

/** Fixes every file, and the files it names, in place. */
export async function fixFiles(
  files: readonly InputFile[],
  options: FixOptions,
  helpers: Helpers,
): Promise<FixOutcome> {
  /** New texts by place on the disk: a file may be named by one and checked as another. */
  const fixed = new Map<string, FixedPlace>();
  const launched = new Launched(options.cwd);
  const conditions = { options, cwd: options.cwd, estimated: 'none' } as const;
  const before = await outcomesOf(files, conditions, helpers);
  for (const [file, { launches }] of before) launched.note(file.path, launches);
  const done = files.flatMap((file) =>
    launched.elsewhere(file.path) ? [] : [fixOne(file, options, fixed)],
  );
  const problems = options.write ? [...fixed].flatMap(writeBack) : [];
  const failed = new Set(problems.map((problem) => problem.path));
  return {
    files: files.map((file) => {
      const text = fixed.get(path.resolve(options.cwd, file.path))?.text;
      return text === undefined || failed.has(file.path) ? file : { ...file, text };
    }),
    applied: fixed.size === 0 ? 0 : done.reduce((sum, one) => sum + appliedIn(one, failed), 0),
    written: [...fixed.values()].map((place) => place.path).filter((shown) => !failed.has(shown)),
    problems,
  };
}

/** What fixing one file, and those that it names, did. */
interface FixedOne {
  readonly applied: number;
  /** Paths of the files that changed. */
  readonly changed: readonly string[];
}

/** Fixes that reached the disk. */
function appliedIn({ applied, changed }: FixedOne, failed: ReadonlySet<string>): number {
  return changed.some((shown) => failed.has(shown)) ? 0 : applied;
}

function fixOne(file: InputFile, options: FixOptions, fixed: Map<string, FixedPlace>): FixedOne {
  const { cwd } = options;
  const current = (place: Place) => fixed.get(path.resolve(cwd, place.path)) ?? place;
  const fromDisk = readerFor(options, cwd);
  const start = current(file);
  const { related } = checkInput({ ...file, text: start.text }, options, cwd);
  const places = new Map<string, Place>([[file.path, start]]);
  if (options.write) for (const [name, place] of related) places.set(name, current(place));
  const before = new Map([...places].map(([name, { text }]) => [name, text]));
  const { texts, applied } = applyFixes(
    before,
    (now) => {
      const read: Nearby['read'] = (wanted, from) => {
        const text = now.get(wanted);
        const found = places.get(wanted) ?? fromDisk.read(wanted, from);
        return found === undefined || text === undefined ? found : { ...found, text };
      };
      const own = { ...file, text: now.get(file.path) ?? '' };
      return checkFile(own, options, { ...fromDisk, read }).analysis.findings;
    },
    options.allowed,
  );
  const changed: string[] = [];
  for (const [name, text] of texts) {
    const place = places.get(name);
    if (place === undefined || text === before.get(name)) continue;
    changed.push(place.path);
    const full = path.resolve(cwd, place.path);
    const original = fixed.get(full)?.original ?? place.text;
    // What one file's fix changed, another's may have changed back.
    if (text === original) fixed.delete(full);
    else fixed.set(full, { ...place, text, original });
  }
  return { applied, changed };
}

function writeBack([full, place]: readonly [string, Place]): readonly InputProblem[] {
  try {
    writeFileSync(full, encode(place.text, place));
    return [];
  } catch {
    return [{ path: place.path, message: 'cannot be written', fatal: true }];
  }
}
