// Logs that are the first file that is opened: each starts the extension by its name.
import { TIMEOUT } from './hands.mjs';

/** One of each ending that a log has beside `.log`. */
export const FIRST_FILES = ['zero.out', 'scale.err', 'spike_log.txt', 'trainer_log.jsonl'].map(
  (name) => `logs/${name}`,
);

/** The log is open, and nothing else was before. */
export function firstFileSteps(page) {
  return [
    [
      'and is read, though it is the first file',
      () => page.waitForSelector('.squiggly-error, .squiggly-warning', { timeout: TIMEOUT }),
    ],
  ];
}
