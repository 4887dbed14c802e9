import path from 'node:path';
import type { AnalyzedRun } from '../../src-core/index.ts';
import { known } from '../../src-core/run/sourced.ts';
import type { Checked } from './check-file.ts';

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
  note(file: string, { analysis, related }: Checked): void {
    if (!analysis.runs.some(hasCard)) this.withoutCard.add(path.resolve(this.cwd, file));
    for (const run of analysis.runs) {
      const { sections, started } = run.recognized;
      const kinds = [...(hasCard(run) ? [this.onCard] : []), ...(started ? [this.started] : [])];
      for (const { document } of sections) {
        const other = related.get(document.file.path);
        if (other === undefined) continue;
        for (const places of kinds) places.add(path.resolve(this.cwd, other.path));
      }
    }
  }

  /** Whether a launch stands for `file`: it starts it, or it knows a card where `file` knows none. */
  elsewhere(file: string): boolean {
    const place = path.resolve(this.cwd, file);
    if (this.started.has(place)) return true;
    return this.withoutCard.has(place) && this.onCard.has(place);
  }
}

function hasCard({ run }: AnalyzedRun): boolean {
  return Boolean(known(run.gpu));
}
