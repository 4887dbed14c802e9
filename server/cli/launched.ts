import path from 'node:path';
import { type Launches, launchesOf, namesCard, speaksFor } from '../launches.ts';
import type { Checked } from './check-file.ts';

/** What one file launches, as the reports show it. */
export interface Launching extends Launches {
  /** Whether a file says which card any of its own runs has. */
  readonly namesCard: boolean;
}

/** What the runs of a checked file launch. */
export function launchingOf({ analysis: { runs }, related }: Checked): Launching {
  const launches = launchesOf(runs, (file) => related.get(file)?.path);
  return { ...launches, namesCard: runs.some(({ run }) => namesCard(run)) };
}

/** The files that a launch in another of the files stands for, by their place on the disk. */
export class Launched {
  private readonly withCard = new Set<string>();
  private readonly all = { onCard: new Set<string>(), started: new Set<string>() };
  private readonly cwd: string;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** Takes note of what `file` launches. */
  note(file: string, { namesCard: names, onCard, started }: Launching): void {
    if (names) this.withCard.add(this.placeOf(file));
    for (const other of onCard) this.all.onCard.add(this.placeOf(other));
    for (const other of started) this.all.started.add(this.placeOf(other));
  }

  /** Whether a launch stands for `file`. */
  elsewhere(file: string): boolean {
    const place = this.placeOf(file);
    return speaksFor(this.all, place, () => this.withCard.has(place));
  }

  private placeOf(shown: string): string {
    return path.resolve(this.cwd, shown);
  }
}
