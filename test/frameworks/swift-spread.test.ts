// Over how many cards one process of ms-swift spreads the layers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../src-core/index.ts';
import { known } from '../../src-core/run/sourced.ts';

function cards(text: string, gpus?: number) {
  const file = { path: 'run.sh', text, language: 'shell' as const };
  const settings = { gpu: 'RTX 4090', ...(gpus === undefined ? {} : { gpus }) };
  const [run] = analyze({ file, settings }).runs;
  const { worldSize, pipelineParallel } = run?.run.parallel ?? {};
  return [worldSize && known(worldSize), pipelineParallel && known(pipelineParallel)];
}

const SFT = 'swift sft --model Qwen/Qwen2.5-7B-Instruct --dataset x --tuner_type lora\n';

test('one process has all visible cards, whether a setting counts them or not', () => {
  assert.deepEqual(cards(`CUDA_VISIBLE_DEVICES=0,1,2,3 ${SFT}`), [1, 4]);
  assert.deepEqual(cards(`CUDA_VISIBLE_DEVICES=0,1,2,3 ${SFT}`, 4), [1, 4]);
  assert.deepEqual(cards(SFT, 4), [1, 4]);
});

test('several processes share them', () => {
  const started = `NPROC_PER_NODE=2 CUDA_VISIBLE_DEVICES=0,1,2,3 ${SFT}`;
  assert.deepEqual(cards(started, 4), [2, 2]);
  assert.deepEqual(cards(`NPROC_PER_NODE=4 ${SFT}`, 4), [4, 1]);
});

test('what asks for a process for each card has one, as far as the text does not say otherwise', () => {
  assert.deepEqual(cards(SFT.replace('\n', ' --deepspeed zero2\n'), 4), [4, 1]);
});
