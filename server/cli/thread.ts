import { parentPort } from 'node:worker_threads';
import type { Beside } from '../beside.ts';
import { type Conditions, outcomeOf } from './outcome.ts';
import { type Played, playedStore, rememberPlayed } from './played.ts';
import { type Deal, isDeal, type Told } from './threads.ts';

/**
 * Checks the files that `threads.ts` sends, in a thread that it has started. What earlier checks kept of `estimates`
 * is read; the thread that started this one writes it.
 */
export function serve(estimates: Pick<Beside, 'read'> | undefined): void {
  let played: Played[] = [];
  const file = { read: () => estimates?.read(), write: () => undefined };
  rememberPlayed(playedStore(file), (found) => void played.push(found));
  let conditions: Conditions;
  const judged = (deal: Deal): Told => {
    played = [];
    return { outcomes: deal.map((one) => outcomeOf(one, conditions)), played };
  };
  parentPort?.on('message', (order: Conditions | Deal) => {
    if (isDeal(order)) parentPort?.postMessage(judged(order));
    else conditions = order;
  });
}
