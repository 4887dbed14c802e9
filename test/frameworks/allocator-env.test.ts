import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../src-core/analyze.ts';
import { UNKNOWN } from '../../src-core/run/sourced.ts';

const RUN = 'swift sft --model Qwen/Qwen2.5-0.5B --dataset d.jsonl --tuner_type lora';

/** What the run of a script says of growing segments, and what the estimate takes. */
function segments(text: string) {
  const file = { path: 'run.sh', language: 'shell', text } as const;
  const [run] = analyze({ file, settings: {} }).runs;
  assert.ok(run);
  const { value } = run.run.allocator;
  return value === UNKNOWN ? value : value.expandableSegments;
}

const CASES: readonly (readonly [string, boolean | typeof UNKNOWN])[] = [
  [RUN, false],
  [`PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True ${RUN}`, true],
  [`export PYTORCH_ALLOC_CONF="expandable_segments:True"\n${RUN}`, true],
  [
    `export PYTORCH_CUDA_ALLOC_CONF='max_split_size_mb:128, expandable_segments:True'\n${RUN}`,
    true,
  ],
  [`PYTORCH_CUDA_ALLOC_CONF=expandable_segments:False ${RUN}`, false],
  [`PYTORCH_CUDA_ALLOC_CONF=max_split_size_mb:128 ${RUN}`, false],
  [`PYTORCH_CUDA_ALLOC_CONF=$CONF ${RUN}`, UNKNOWN],
  // The newer name is read first, whatever the order.
  [
    `PYTORCH_ALLOC_CONF=expandable_segments:False PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True ${RUN}`,
    false,
  ],
];

for (const [text, expected] of CASES)
  test(`growing segments in ${JSON.stringify(text.replace(RUN, 'swift'))}: ${String(expected)}`, () => {
    assert.equal(segments(text), expected);
  });

test('the estimate follows the environment', () => {
  const reserved = (text: string) => {
    const file = { path: 'run.sh', language: 'shell', text } as const;
    const estimate = analyze({ file, settings: {} }).runs[0]?.numbers.estimate();
    assert.ok(estimate);
    return estimate.peakReserved.expected;
  };
  assert.notEqual(reserved(`PYTORCH_ALLOC_CONF=expandable_segments:True ${RUN}`), reserved(RUN));
});
