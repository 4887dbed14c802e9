import path from 'node:path';
import { knowsCard, type Launches, launchesOf, speaksFor } from '../launches.ts';
import type { Checked } from './check-file.ts';

/** What one file launches, as the reports show it. */
export interface Launching extends Launches {
  /** Whether any of its own runs knows its card. */
  readonly knowsCard: boolean;
}

/** What the runs of a checked file launch. */
export function launchingOf({ analysis: { runs }, related }: Checked): Launching {
  const launches = launchesOf(runs, (file) => related.get(file)?.path);
  return { ...launches, knowsCard: knowsCard(runs) };
}

/** The files that a launch in another of the files stands for, by their place on the disk. */
export class Launched {
  private readonly withoutCard = new Set<string>();
  private readonly all = { onCard: new Set<string>(), started: new Set<string>() };
  private readonly cwd: string;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** Takes note of what `file` launches. */
  note(file: string, { knowsCard: has, onCard, started }: Launching): void {
    if (!has) this.withoutCard.add(this.placeOf(file));
    for (const other of onCard) this.all.onCard.add(this.placeOf(other));
    for (const other of started) this.all.started.add(this.placeOf(other));
  }

  /** Whether a launch stands for `file`. */
  elsewhere(file: string): boolean {
    const place = this.placeOf(file);
    return speaksFor(this.all, place, () => this.withoutCard.has(place));
  }

  private placeOf(shown: string): string {
    return path.resolve(this.cwd, shown);
  }
}
