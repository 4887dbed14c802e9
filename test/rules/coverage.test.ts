// Every finding of the research on numerics (NUM...) is a rule, or a reason why no config shows it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rules } from '../../src-core/index.ts';

/** Research id: the rule that reports it. */
const IMPLEMENTED: Readonly<Record<string, string>> = {
  NUM001: 'fp16-and-bf16',
  NUM002: 'fp16-and-bf16-eval',
  NUM003: 'bf16-unsupported-gpu',
  NUM004: 'fp16-on-cpu',
  NUM005: 'tf32-unsupported-gpu',
  NUM006: 'fp8-unsupported-gpu',
  NUM007: 'flash-attention-unsupported',
  NUM008: 'flash-attention-unsupported',
  NUM009: 'flash-attention-unsupported',
  NUM010: 'quantization-unsupported-gpu',
  NUM011: 'bf16-unsupported-gpu',
  NUM101: 'fp16-overflows-model',
  NUM102: 'fp16-overflows-model',
  NUM103: 'fp16-overflows-model',
  NUM104: 'bf16-eager-attention',
  NUM105: 'fp16-eager-attention',
  NUM106: 'fp16-reported-failures',
  NUM107: 'fp16-on-bf16-model',
  NUM108: 'fp16-on-bf16-model',
  NUM109: 'bf16-on-fp16-model',
  NUM110: 'bf16-reported-failures',
  NUM111: 'fp16-quantized-checkpoint',
  NUM112: 'softcap-ignored',
  NUM201: 'bf16-updates-lost',
  NUM202: 'fp16-adam-states',
  NUM203: 'fp16-trainable-weights',
  NUM204: 'bf16-gradients-under-scaler',
  NUM205: 'adam-epsilon-underflows',
  NUM206: 'adam-beta2-never-decays',
  NUM207: 'weight-decay-lost',
  NUM208: 'rejected-combination',
  NUM209: 'static-loss-scale',
  NUM210: 'loss-scale-collapse',
  NUM211: 'fp16-without-clipping',
  NUM212: 'half-precision-reduce',
  NUM214: 'rejected-combination',
  NUM215: 'float32-means-fp16',
  NUM301: 'half-precision-positions',
  NUM304: 'sdpa-packing-bf16',
  NUM306: 'fp16-without-loss-scaling',
  NUM401: 'fp8-e4m3-gradients',
  NUM403: 'fp8-without-compile',
  NUM501: 'weights-exceed-gpu',
  NUM503: 'quantized-full-training',
  NUM504: 'bnb-float32-compute',
  NUM505: 'rollout-dtype-differs',
  NUM506: 'fp32-without-tf32',
};

/** Research id: why nothing is reported. */
const NOT_IN_A_CONFIG: Readonly<Record<string, string>> = {
  NUM213: 'Trainer and accelerate make the sharded scaler; only a hand-written loop can lack it',
  NUM302: 'a constant added to a mask is code',
  NUM303: 'which release and which batch make a fully masked row is not in a config',
  NUM305: 'the trainers upcast logits themselves; a custom loss is code',
  NUM307: 'how a norm is computed is code',
  NUM402: 'a cast to fp8 is code',
  NUM502:
    'a switch is a change, not a state; the pages of fp16-on-bf16-model and weights-exceed-gpu say that both formats take two bytes',
};

const GROUPS: readonly (readonly [first: number, last: number])[] = [
  [1, 11],
  [101, 112],
  [201, 215],
  [301, 307],
  [401, 403],
  [501, 506],
];

const ids = GROUPS.flatMap(([first, last]) =>
  Array.from({ length: last - first + 1 }, (_, i) => `NUM${String(first + i).padStart(3, '0')}`),
);

describe('research on numerics', () => {
  test('has 54 findings', () => assert.equal(ids.length, 54));

  test('each is a rule, or has a reason', () => {
    const placed = [IMPLEMENTED, NOT_IN_A_CONFIG].flatMap((part) => Object.keys(part));
    assert.deepEqual([...placed].sort(), ids);
  });

  test('the rules exist', () => {
    const known = new Set(rules.map(({ id }) => id));
    const missing = Object.values(IMPLEMENTED).filter((id) => !known.has(id));
    assert.deepEqual(missing, []);
  });

  test('every rule has its own id, and cites something', () => {
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    // Keys and logs cite by the case.
    const own = rules.filter(({ group }) => group !== 'keys' && group !== 'logs');
    const bare = own.filter(({ cites }) => cites.length === 0);
    assert.deepEqual(
      bare.map(({ id }) => id),
      [],
    );
  });
});
