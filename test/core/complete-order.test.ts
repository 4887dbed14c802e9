import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ask } from './ask.ts';

/** The first labels as an editor sorts them. */
function first(path: string, marked: string, count: number): readonly string[] {
  const keyed = ask(path, marked).items.map(({ sortText = '', label }) => [sortText, label]);
  return keyed
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    .slice(0, count)
    .map(([, label = '']) => label);
}

function assertAmong(found: readonly string[], wanted: readonly string[]): void {
  for (const label of wanted) assert.ok(found.includes(label), `${label} in ${found.join(' ')}`);
}

describe('what most files write comes first', () => {
  it('behind a launcher', () => {
    assert.deepEqual(first('a.sh', 'torchrun --¦\n', 2), ['nproc_per_node', 'nnodes']);
    assert.equal(first('a.sh', 'accelerate launch --¦\n', 1)[0], 'config_file');
    assertAmong(first('a.sh', 'accelerate launch --¦\n', 5), ['num_processes', 'mixed_precision']);
    assert.equal(first('a.sh', 'deepspeed --¦\n', 1)[0], 'num_gpus');
  });

  it('in a command, a config and a DeepSpeed JSON', () => {
    const swift = first('a.sh', 'swift sft --model Qwen/Qwen2.5-7B-Instruct --¦\n', 12);
    assertAmong(swift, ['output_dir', 'dataset', 'learning_rate', 'per_device_train_batch_size']);
    const factory = 'model_name_or_path: a/b\nstage: sft\nfinetuning_type: lora\n¦\n';
    assertAmong(first('a.yaml', factory, 10), ['dataset', 'template', 'cutoff_len', 'bf16']);
    const zero = '{ "train_batch_size": 8, "zero_optimization": { "stage": 2, "¦" } }\n';
    assertAmong(first('ds.json', zero, 4), ['overlap_comm', 'offload_optimizer']);
  });

  it('for verl, of 800 keys', () => {
    const text = 'python3 -m verl.trainer.main_ppo \\\n  algorithm.adv_estimator=grpo ¦\n';
    const keys = ['data.train_files', 'actor_rollout_ref.model.path', 'trainer.nnodes'];
    assertAmong(first('a.sh', text, 30), keys);
  });

  it('what nobody writes comes last, by name', () => {
    const flags = first('a.sh', 'torchrun --¦\n', 100);
    assert.deepEqual(flags.slice(-3), ['run_path', 'start_method', 'tee']);
  });
});

describe('values that verl reads', () => {
  const values: Readonly<Record<string, string>> = {
    'algorithm.adv_estimator': 'grpo',
    'actor_rollout_ref.rollout.name': 'vllm',
    'actor_rollout_ref.actor.strategy': 'fsdp2',
    'actor_rollout_ref.actor.loss_agg_mode': 'token-mean',
    'actor_rollout_ref.actor.kl_loss_type': 'low_var_kl',
    'actor_rollout_ref.actor.policy_loss.loss_mode': 'gspo',
    'data.truncation': 'error',
  };
  for (const [key, value] of Object.entries(values))
    it(`${key} is offered ${value}`, () => {
      const { take } = ask('a.sh', `python3 -m verl.trainer.main_ppo ${key}=¦\n`);
      assert.ok(take(value).endsWith(`${key}=${value}\n`));
    });
});
