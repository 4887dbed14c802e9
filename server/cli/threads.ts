import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { InputFile } from './inputs.ts';
import { type Conditions, type Outcome, outcomeOf } from './outcome.ts';
import { type Played, takePlayed } from './played.ts';

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
/** After these nothing more comes from a thread. */
const DEATHS = ['error', 'messageerror', 'exit'] as const;

/** Files that a thread checks one after the other. It is told first under what. */
export type Deal = readonly InputFile[];

/** What a thread tells of its files. */
export interface Told {
  /** In their order. */
  readonly outcomes: readonly Outcome[];
  readonly played: readonly Played[];
}

/** Whether a thread is sent files, not what to check them under. */
export function isDeal(order: Conditions | Deal): order is Deal {
  return Array.isArray(order);
}

/** The other threads of a command: as many as pay for the files that it has found. */
export class Helpers {
  private readonly started = new Set<Worker>();
  private files = 0;
  private text = 0;
  private failed = false;

  constructor(private readonly threads: Threads | undefined) {}

  /** Those that are alive. */
  get alive(): readonly Worker[] {
    return [...this.started];
  }

  /** Counts a file that will be checked: a thread starts while the others are looked for. */
  expect({ text }: InputFile): void {
    this.files += 1;
    this.text += text.length;
    const { threads, started, failed } = this;
    if (threads === undefined || failed) return;
    const worth = Math.floor(Math.max(this.files / FILES_FOR_EACH, this.text / TEXT_FOR_EACH));
    if (started.size + 1 < Math.min(threads.most, MOST, worth, this.files))
      this.start(threads.program);
  }

  end(): void {
    for (const helper of this.started) void helper.terminate();
  }

  private start(program: string): void {
    try {
      const helper = new Worker(program, { workerData: true });
      this.started.add(helper);
      // What a thread that dies leaves behind is checked by this one.
      for (const death of DEATHS) helper.on(death, () => this.lose(helper));
    } catch {
      this.failed = true; // Node may be told to allow none
    }
  }

  private lose(helper: Worker): void {
    this.failed = true;
    this.started.delete(helper);
    void helper.terminate();
  }
}

/**
 * The outcome of every file, in their order. The helpers begin at one end, this thread at the other. What they
 * have not told of in the end, because one died, is checked here.
 */
export async function outcomesOf(
  files: readonly InputFile[],
  conditions: Conditions,
  helpers: Helpers,
): Promise<ReadonlyMap<InputFile, Outcome>> {
  const found = new Map<InputFile, Outcome>();
  const { alive } = helpers;
  if (alive.length > 0) await share(files, alive, conditions, found);
  return new Map(files.map((file) => [file, found.get(file) ?? outcomeOf(file, conditions)]));
}

/** Checks the files together with the helpers. */
async function share(
  files: readonly InputFile[],
  helpers: readonly Worker[],
  conditions: Conditions,
  found: Map<InputFile, Outcome>,
): Promise<void> {
  const deals = dealt(files);
  const helping = helpers.map((helper) => {
    helper.postMessage(conditions);
    return employ(helper, deals, found);
  });
  for (let deal = deals.pop(); deal !== undefined; deal = deals.pop()) {
    for (const file of deal) found.set(file, outcomeOf(file, conditions));
    // What the helpers have sent meanwhile comes in.
    await setImmediate();
  }
  await Promise.all(helping);
}

/**
 * The files in deals: very long ones first, the others by language, as each thread starts cold and is quicker
 * the less of the program it needs.
 */
function dealt(files: readonly InputFile[]): Deal[] {
  const languages = [...new Set(files.map(({ language }) => language))];
  const rank = ({ text, language }: InputFile): number =>
    text.length > TEXT_AT_A_TIME ? -1 : languages.indexOf(language);
  const deals: InputFile[][] = [];
  let room = 0;
  for (const file of [...files].sort((a, b) => rank(a) - rank(b))) {
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
    const end = (): void => {
      helper.off('message', take);
      for (const death of DEATHS) helper.off(death, end);
      resolve();
    };
    const give = (): void => {
      while (given.length < AHEAD) {
        const deal = deals.shift();
        if (deal === undefined) break;
        given.push(deal);
        helper.postMessage(deal);
      }
      if (given.length === 0) end();
    };
    const take = ({ outcomes, played }: Told): void => {
      const deal = given.shift() ?? [];
      takePlayed(played);
      for (const [i, outcome] of outcomes.entries()) {
        const file = deal[i];
        if (file !== undefined) found.set(file, outcome);
      }
      give();
    };
    helper.on('message', take);
    for (const death of DEATHS) helper.on(death, end);
    give();
  });
}
