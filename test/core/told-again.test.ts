import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../src-core/analyze.ts';

const TRAINING = 'swift sft --model Qwen/Qwen2.5-7B --tuner_type full --dataset x.json\n';

for (const [head, edited] of [
  ['# tunelint: gpu=RTX 4090\n', '0# tunelint: gpu=RTX 4090\n'],
  ['# tunelint: gpu=RTX 4090\n', '# tunelint: gpu=H200\n'],
  ['#SBATCH --gres=gpu:v100:2\n', '0SBATCH --gres=gpu:v100:2\n'],
  ['echo\n', '# tunelint: gpu=RTX 4090\n'],
] as const)
  test(`the card that a script names is asked for after an edit: ${edited.trim()}`, () => {
    const input = { settings: {}, effort: 'typing' } as const;
    const file = (text: string) => ({ path: 'x.sh', language: 'shell', text }) as const;
    const previous = analyze({ ...input, file: file(head + TRAINING) });
    const after = file(edited + TRAINING);
    const again = analyze({ ...input, file: after, previous });
    assert.deepEqual(again.findings, analyze({ ...input, file: after }).findings);
    assert.notDeepEqual(
      again.findings.map(({ message }) => message),
      previous.findings.map(({ message }) => message),
    );
  });
