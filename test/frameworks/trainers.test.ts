import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trainerScope } from '../../src-core/frameworks/python/trainers.ts';

/** As `inspect.signature` counts them, TRL 1.13.0 and transformers 5.18.0. */
const COUNTS = [
  ['SFTTrainer', 15, 'SFTConfig'],
  ['DPOTrainer', 12, 'DPOConfig'],
  ['GRPOTrainer', 14, 'GRPOConfig'],
  ['Trainer', 13, 'TrainingArguments'],
  ['Seq2SeqTrainer', 12, 'Seq2SeqTrainingArguments'],
] as const;

describe('keywords of trainers', () => {
  for (const [id, count, config] of COUNTS) {
    it(`${id} takes ${count}, and has a ${config}`, () => {
      const scope = trainerScope(id);
      const now = scope?.keys.all().filter((one) => one.until === undefined);
      assert.equal(now?.length, count);
      assert.equal(scope?.home?.id, config);
    });
  }

  it('that are gone are not there, and their new names are', () => {
    const { keys, gone = [] } = trainerScope('DPOTrainer') ?? {};
    assert.ok(gone.length > 20);
    for (const { name, now } of gone) {
      assert.equal(keys?.find(name), undefined, name);
      if (now !== undefined) assert.ok(keys?.find(now), now);
    }
  });
});
