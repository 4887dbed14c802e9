import { type Message, type Phrase, say, word } from '../text/message.ts';
import type { LogEntry, LoggedRun } from './training-log.ts';

/** The median; `NaN` of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The entries of training steps, those of evaluations and summaries left out. */
export function trained(run: LoggedRun): readonly LogEntry[] {
  return run.entries.filter(({ kind }) => kind === 'train');
}

/** `step 15`, `epoch 0.12`, or `entry 3` of those given. */
export function where(entry: LogEntry, entries: readonly LogEntry[]): Message {
  if (entry.step !== undefined) return say`step ${entry.step.value}`;
  if (entry.epoch !== undefined) return say`epoch ${entry.epoch.value}`;
  return say`entry ${entries.indexOf(entry) + 1}`;
}

/** A number for a message, to three digits: `1.23`, `0.0412`, `65,536`. */
export function shown(value: number): string | Phrase {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : word('infinite');
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** `in the last entry`, or `in 3 of the 5 entries from there on`. */
export function share(count: number, entries: number): Message {
  return entries === 1
    ? 'in the last entry'
    : say`in ${count} of the ${entries} entries from there on`;
}
