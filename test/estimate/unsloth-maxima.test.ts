import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdict } from '../../src-core/estimate/verdict.ts';
import { analyze } from '../../src-core/index.ts';

/** Memory in GiB, and the longest context of Llama 3.1 8B that Unsloth's README says it trains there. */
const PUBLISHED: readonly (readonly [number, number])[] = [
  [8, 2972],
  [12, 21848],
  [16, 40724],
  [24, 78475],
  [40, 153977],
  [80, 342733],
];

/** QLoRA of rank 32 on all linear layers with a batch of 1, as there. */
function programOf(tokens: number, more = ''): string {
  return `from unsloth import FastLanguageModel
from trl import SFTConfig, SFTTrainer

model, tokenizer = FastLanguageModel.from_pretrained(
    "unsloth/Meta-Llama-3.1-8B", max_seq_length=${tokens}, load_in_4bit=True
)
model = FastLanguageModel.get_peft_model(model, r=32, lora_alpha=32, lora_dropout=0${more})
args = SFTConfig(
    output_dir="o", per_device_train_batch_size=1, gradient_accumulation_steps=1,
    packing=True, optim="adamw_8bit",
)
trainer = SFTTrainer(model=model, args=args, train_dataset=data)
`;
}

function verdictOf(gib: number, text: string) {
  const file = { path: 'train.py', text, language: 'python' } as const;
  const estimate = analyze({ file, settings: {} }).runs[0]?.numbers.estimate();
  assert.ok(estimate);
  return verdict(estimate, gib * 2 ** 30).kind;
}

test("Unsloth's published maxima just run, and a quarter more does not", () => {
  for (const [gib, tokens] of PUBLISHED) {
    assert.equal(verdictOf(gib, programOf(tokens)), 'tight', `${gib} GiB`);
    const more = verdictOf(gib, programOf(Math.round(1.25 * tokens)));
    if (gib > 8) assert.match(more, /^(?:unlikely|does-not-fit)$/, `${gib} GiB`);
  }
});

test('checkpoints that stay on the card take more', () => {
  const own = ', use_gradient_checkpointing=True';
  for (const [gib, tokens] of PUBLISHED.slice(1))
    assert.match(
      verdictOf(gib, programOf(tokens, own)),
      /^(?:unlikely|does-not-fit)$/,
      `${gib} GiB`,
    );
});
