import { Worker } from 'node:worker_threads';

const SLOW_MS = 2000;
const HANG_MS = 10_000;

/**
 * Checks every row in worker threads and resolves to the results in the order of the rows.
 * A file that takes longer than 2 s is slow; one that takes longer than 10 s is given up.
 */
export async function checkAll(rows, context, jobs) {
  const results = new Array(rows.length);
  let next = 0;
  const take = () => (next < rows.length ? next++ : undefined);
  const lane = async () => {
    let worker = start(context);
    for (let i = take(); i !== undefined; i = take()) {
      const answer = await ask(worker, rows[i]);
      results[i] = { row: rows[i], ...answer, outcome: answer.outcome ?? outcomeOf(answer) };
      if (answer.outcome !== undefined) worker = start(context);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, lane));
  return results;
}

function start(context) {
  return new Worker(new URL('./worker.mjs', import.meta.url), { workerData: context });
}

function ask(worker, row) {
  return new Promise((resolve) => {
    const lost = (outcome) => {
      worker.removeAllListeners();
      worker.terminate();
      resolve({ ms: HANG_MS, framework: null, models: [], findings: [], outcome });
    };
    const timer = setTimeout(() => lost('hang'), HANG_MS);
    worker.once('error', (error) => {
      clearTimeout(timer);
      lost(`crash: ${error.stack}`);
    });
    worker.once('message', (answer) => {
      clearTimeout(timer);
      worker.removeAllListeners('error');
      resolve(answer);
    });
    worker.postMessage(row.file);
  });
}

function outcomeOf({ crash, ms }) {
  if (crash !== undefined) return `crash: ${crash}`;
  return ms > SLOW_MS ? 'slow' : 'ok';
}
