import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { InputFile } from './inputs.ts';
import { type Conditions, type Outcome, outcomeOf } from './outcome.ts';

/** The threads that a check may take. */
export interface Threads {
  /** The program, which each of them runs: it calls `serve` in `thread.ts`. */
  readonly program: string;
  /** How many there may be, the first one counted. */
  readonly most: number;
}

/** Every thread has a heap of its own. */
const MOST = 8;
/** Each starts cold: for fewer files than this, or less text, another one does not pay. */
const FILES_FOR_EACH = 150;
const TEXT_FOR_EACH = 4_000_000;
/** What is dealt out at a time. */
const FILES_AT_A_TIME = 8;
const TEXT_AT_A_TIME = 64_000;
/** A thread has the next files before it has told of the last. */
const AHEAD = 2;

/** Files that a thread checks one after the other. */
type Deal = readonly InputFile[];

/**
 * The outcome of every file, in their order. Where there is enough to do, other threads help: they begin
 * with the long files, this one with the short ones. What they have not told of in the end, because one
 * died, is checked here.
 */
export async function outcomesOf(
  files: readonly InputFile[],
  conditions: Conditions,
  threads: Threads | undefined,
): Promise<ReadonlyMap<InputFile, Outcome>> {
  const found = new Map<InputFile, Outcome>();
  const helpers = helpersFor(files, conditions, threads);
  try {
    if (helpers.length > 0) await share(files, helpers, conditions, found);
    return new Map(files.map((file) => [file, found.get(file) ?? outcomeOf(file, conditions)]));
  } finally {
    for (const helper of helpers) void helper.terminate();
  }
}

function helpersFor(
  files: readonly InputFile[],
  conditions: Conditions,
  threads: Threads | undefined,
): readonly Worker[] {
  if (threads === undefined) return [];
  const text = files.reduce((sum, file) => sum + file.text.length, 0);
  const worth = Math.floor(Math.max(files.length / FILES_FOR_EACH, text / TEXT_FOR_EACH));
  const count = Math.min(threads.most, MOST, worth, files.length) - 1;
  try {
    return Array.from(
      { length: Math.max(0, count) },
      () => new Worker(threads.program, { workerData: conditions }),
    );
  } catch {
    // Node may be told to allow none.
    return [];
  }
}

/** Checks the files together with the helpers. */
async function share(
  files: readonly InputFile[],
  helpers: readonly Worker[],
  conditions: Conditions,
  found: Map<InputFile, Outcome>,
): Promise<void> {
  const deals = dealt(files);
  const helping = helpers.map((helper) => employ(helper, deals, found));
  for (let deal = deals.pop(); deal !== undefined; deal = deals.pop()) {
    for (const file of deal) found.set(file, outcomeOf(file, conditions));
    // What the helpers have sent meanwhile comes in.
    await setImmediate();
  }
  await Promise.all(helping);
}

/** The files in deals, the longest first. */
function dealt(files: readonly InputFile[]): Deal[] {
  const deals: InputFile[][] = [];
  let room = 0;
  for (const file of [...files].sort((a, b) => b.text.length - a.text.length)) {
    const last = deals.at(-1);
    if (last === undefined || last.length === FILES_AT_A_TIME || room < file.text.length) {
      deals.push([file]);
      room = TEXT_AT_A_TIME;
    } else last.push(file);
    room -= file.text.length;
  }
  return deals;
}

/** Has a helper check the first of `deals` until there are none, or it dies. */
function employ(helper: Worker, deals: Deal[], found: Map<InputFile, Outcome>): Promise<void> {
  const given: Deal[] = [];
  return new Promise((resolve) => {
    const give = (): void => {
      while (given.length < AHEAD) {
        const deal = deals.shift();
        if (deal === undefined) break;
        given.push(deal);
        helper.postMessage(deal);
      }
      if (given.length === 0) resolve();
    };
    helper.on('message', (outcomes: readonly Outcome[]) => {
      const deal = given.shift() ?? [];
      for (const [i, outcome] of outcomes.entries()) {
        const file = deal[i];
        if (file !== undefined) found.set(file, outcome);
      }
      give();
    });
    for (const end of ['error', 'messageerror', 'exit']) helper.on(end, () => resolve());
    give();
  });
}
