// No text may hang the checker: texts that repeat one thing are done in a time that grows with their length.
// `HOSTILE=1 npm test -- hostile` takes every one of them, which is long.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hostileTexts } from './hostile-texts.ts';

const STEP = Number(process.env.HOSTILE ?? 397);
const LENGTH = 50_000;
const texts = hostileTexts(STEP);
const CHILD = fileURLToPath(new URL('hostile-child.ts', import.meta.url));
/** A text takes well below a second; this is a hang, not a slow machine. */
const HANGS = 60_000;
const WORKERS = 2;

/** Has a process of its own take one text after the other; a text that it hangs in or dies of is named. */
function work(next: () => number): Promise<readonly string[]> {
  return new Promise((done) => {
    const child = fork(CHILD, [String(STEP), String(LENGTH)]);
    let timer: NodeJS.Timeout | undefined;
    let at = -1;
    child.on('message', () => {
      clearTimeout(timer);
      at = next();
      child.send(at);
      timer = setTimeout(() => child.kill('SIGKILL'), HANGS);
    });
    child.on('exit', async () => {
      clearTimeout(timer);
      const name = texts[at]?.name;
      done(name === undefined ? [] : [name, ...(await work(next))]);
    });
  });
}

test('no text hangs the checker or the server', async () => {
  let last = -1;
  const found = await Promise.all(Array.from({ length: WORKERS }, () => work(() => ++last)));
  assert.deepEqual(found.flat(), []);
});
