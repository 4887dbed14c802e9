import { parentPort } from 'node:worker_threads';
import { type Conditions, outcomeOf } from './outcome.ts';
import { rememberPlayed } from './played.ts';
import { type Deal, isDeal } from './threads.ts';

/** Checks the files that `threads.ts` sends, in a thread that it has started. */
export function serve(): void {
  rememberPlayed();
  let conditions: Conditions;
  parentPort?.on('message', (order: Conditions | Deal) => {
    if (isDeal(order)) parentPort?.postMessage(order.map((file) => outcomeOf(file, conditions)));
    else conditions = order;
  });
}
