import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ask } from './ask.ts';

it('flags of a launcher stand before its script is named, and their values', () => {
  const given = 'torchrun --nproc_per_node 2 --¦';
  for (const text of [`${given}\n`, `${given} train.py --output_dir o --bf16 true --do_train\n`]) {
    const { items, take } = ask('a.sh', text);
    assert.match(take('standalone'), /2 --standalone/);
    assert.match(take('rdzv_backend'), /2 --rdzv_backend /);
    assert.ok(!items.some(({ label }) => /^(?:nproc_per_node|bf16)$/.test(label)), text);
  }
  ask('a.sh', 'python -m torch.distributed.run \\\n  --¦ \\\n  train.py\n').take('nnodes');
  ask('a.sh', 'accelerate launch --¦\n').take('num_processes');
  assert.match(
    ask('a.sh', 'accelerate launch --mixed_precision ¦ train.py\n').take('bf16'),
    /--mixed_precision bf16 train\.py/,
  );
  ask('a.sh', 'CUDA_VISIBLE_DEVICES=0 deepspeed --n¦ \\\n').take('num_gpus');
});
