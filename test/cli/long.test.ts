import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWith, tunelint } from './terminal.ts';

const COMMAND =
  'swift sft --model Qwen/Qwen2.5-7B-Instruct --dataset x.json --torch_dtype float16 --learning_rte 3 --deepspeed zero2';

/** How long the report of so many commands takes, of two looks the shorter, in ms. */
async function timeOf(cwd: string, name: string): Promise<number> {
  const times: number[] = [];
  for (let look = 0; look < 2; look++) {
    const start = performance.now();
    const { code } = await tunelint(['check', name], { cwd });
    assert.equal(code, 1);
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

for (const [title, separator] of [
  ['one line', '; '],
  ['many lines', '\n\n\n\n'],
] as const)
  test(`${title}: eight times the findings take no more than twenty times as long`, async (t) => {
    const script = (commands: number) => Array<string>(commands).fill(COMMAND).join(separator);
    const cwd = folderWith(t, { 'short.sh': script(100), 'long.sh': script(800) });
    const short = await timeOf(cwd, 'short.sh');
    const long = await timeOf(cwd, 'long.sh');
    assert.ok(long < 20 * short, `${long.toFixed(0)} ms to ${short.toFixed(0)} ms`);
  });
