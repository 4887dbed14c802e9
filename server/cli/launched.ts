import path from 'node:path';
import type { AnalyzedRun } from '../../src-core/index.ts';
import { known } from '../../src-core/run/sourced.ts';
import type { Checked } from './check-file.ts';

/**
 * The configs that a launch in another of the files starts on a card it names, by their place on the
 * disk. What would be said of them without a card, by themselves, may be wrong there: bf16 instead of
 * fp16 is no advice for a V100.
 */
export class Launched {
  private readonly onCard = new Set<string>();
  private readonly withoutCard = new Set<string>();
  private readonly cwd: string;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** Takes note of what `file` launches. */
  note(file: string, { analysis, related }: Checked): void {
    if (!analysis.runs.some(hasCard)) this.withoutCard.add(path.resolve(this.cwd, file));
    for (const run of analysis.runs.filter(hasCard))
      for (const { document } of run.recognized.sections) {
        const other = related.get(document.file.path);
        if (other !== undefined) this.onCard.add(path.resolve(this.cwd, other.path));
      }
  }

  /** Whether `file` knows no card, and a launch that does stands for it. */
  elsewhere(file: string): boolean {
    const place = path.resolve(this.cwd, file);
    return this.withoutCard.has(place) && this.onCard.has(place);
  }
}

function hasCard({ run }: AnalyzedRun): boolean {
  return Boolean(known(run.gpu));
}
