import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { evaluationBytes, logitBytes } from '../../src-core/estimate/evaluation.ts';
import { bytes } from '../../src-core/run/units.ts';
import { root } from '../harness/suite.ts';

interface Run {
  readonly kind: string;
  readonly load: 'float32' | 'bfloat16' | 'float16';
  readonly amp: 'none' | 'bf16' | 'fp16';
  readonly eb: number;
  readonly seq: number;
  readonly rest: number;
  readonly train: number;
  readonly evaluate: number;
}

interface Golden {
  readonly shapes: Readonly<Record<string, { readonly vocabSize: number }>>;
  readonly runs: readonly Run[];
}

const golden: Golden = JSON.parse(
  readFileSync(path.join(root, 'test/golden/evaluation.json'), 'utf8'),
);

for (const run of golden.runs) {
  const { kind, load, amp, eb, seq, rest, evaluate } = run;
  const logits = eb * seq * (golden.shapes[kind]?.vocabSize ?? 0);
  const dtype = load === 'float32' && amp === 'bf16' ? 'bfloat16' : load;
  test(`an evaluation needs what was measured: ${kind}, ${load}, autocast ${amp}, ${eb} x ${seq}`, () => {
    const kept = [
      { component: 'weights', bytes: bytes(rest) },
      { component: 'gradients', bytes: bytes(rest) },
    ] as const;
    const need = evaluationBytes({ components: kept, context: bytes(0) }, logits, dtype);
    assert.equal(need, rest + logits * logitBytes(dtype));
    assert.ok(need <= evaluate, `${need} of ${evaluate}`);
    // Autocast keeps copies of fp32 weights.
    const copies = dtype === load ? 0 : rest;
    assert.ok(need >= evaluate * 0.99 - copies, `${need} of ${evaluate}`);
  });
}

test('the same batch trains in more than it is evaluated in', () => {
  const same = golden.runs.filter(({ eb }) => eb === 1);
  assert.ok(same.length > 0 && same.every(({ train, evaluate }) => train > evaluate));
});
