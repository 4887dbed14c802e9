// The line that names a run in a report.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runLine } from '../../server/report/run-line.ts';
import { analyze } from '../../src-core/analyze.ts';

const STAGES = {
  sft: undefined,
  pt: 'pretraining',
  'rlhf --rlhf_type grpo': 'GRPO',
  'rlhf --rlhf_type rm': 'reward model',
  'sft --task_type seq_cls --num_labels 2': 'classifier',
  'sft --task_type embedding': 'embedding',
};

test('a stage that is a word is written as one, another by its letters', () => {
  for (const [options, said] of Object.entries(STAGES)) {
    const text = `swift ${options} --model Qwen/Qwen2.5-7B-Instruct --dataset a.jsonl`;
    const file = { path: 'train.sh', text, language: 'shell' } as const;
    const [one] = analyze({ file, settings: {} }).runs;
    const [, stage] = runLine(one?.run ?? assert.fail(text)).split(' · ');
    if (said === undefined) assert.match(stage ?? '', /^(?:LoRA|full)/);
    else assert.equal(stage, said, text);
  }
});
