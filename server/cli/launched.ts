import path from 'node:path';
import type { AnalyzedRun } from '../../src-core/index.ts';
import { hasCard } from '../../src-core/run/cards.ts';
import type { Checked } from './check-file.ts';

/** What one file launches. */
export interface Launches {
  /** Whether any of its runs knows its card. */
  readonly knowsCard: boolean;
  /** The other files that it starts on a card it names, as the reports show them. */
  readonly onCard: readonly string[];
  /** The programs that it starts, as the reports show them. */
  readonly started: readonly string[];
}

/** What the runs of a checked file launch. */
export function launchesOf({ analysis, related }: Checked): Launches {
  const { runs } = analysis;
  const filesOf = (some: readonly AnalyzedRun[]): readonly string[] => {
    const documents = some.flatMap(({ recognized }) => recognized.sections);
    return [...new Set(documents.flatMap(({ file }) => related.get(file)?.path ?? []))];
  };
  const carded = runs.filter(({ run }) => hasCard(run));
  return {
    knowsCard: carded.length > 0,
    onCard: filesOf(carded),
    started: filesOf(runs.filter(({ recognized }) => recognized.started !== undefined)),
  };
}

/**
 * The configs that a launch in another of the files starts on a card it names, and the programs that one
 * starts, by their place on the disk. What would be said of them by themselves may be wrong there: bf16
 * instead of fp16 is no advice for a V100, and a launch may spread what one card does not hold.
 */
export class Launched {
  private readonly onCard = new Set<string>();
  private readonly withoutCard = new Set<string>();
  private readonly started = new Set<string>();
  private readonly cwd: string;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** Takes note of what `file` launches. */
  note(file: string, { knowsCard, onCard, started }: Launches): void {
    if (!knowsCard) this.withoutCard.add(path.resolve(this.cwd, file));
    for (const other of onCard) this.onCard.add(path.resolve(this.cwd, other));
    for (const other of started) this.started.add(path.resolve(this.cwd, other));
  }

  /** Whether a launch stands for `file`: it starts it, or it knows a card where `file` knows none. */
  elsewhere(file: string): boolean {
    const place = path.resolve(this.cwd, file);
    if (this.started.has(place)) return true;
    return this.withoutCard.has(place) && this.onCard.has(place);
  }
}
