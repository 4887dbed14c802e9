import { parentPort } from 'node:worker_threads';
import type { InputFile } from './inputs.ts';
import { type Conditions, outcomeOf } from './outcome.ts';
import { rememberPlayed } from './played.ts';

/** Checks the files that `threads.ts` sends, in a thread that it has started. */
export function serve(conditions: Conditions): void {
  rememberPlayed();
  parentPort?.on('message', (files: readonly InputFile[]) => {
    parentPort?.postMessage(files.map((file) => outcomeOf(file, conditions)));
  });
}
