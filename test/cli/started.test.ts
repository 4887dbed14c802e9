// A folder with a program and the script that starts it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWith, tunelint } from './terminal.ts';

const PROGRAM = `import argparse
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

parser = argparse.ArgumentParser()
parser.add_argument("--batch_size", type=int, default=96)
args = parser.parse_args()
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-0.5B", torch_dtype="bfloat16")
config = SFTConfig(
    output_dir="out", per_device_train_batch_size=args.batch_size, max_length=2048, packing=True
)
SFTTrainer(model=model, args=config, train_dataset=data).train()
`;
const SCRIPT = 'torchrun --nproc_per_node 2 train.py --batch_size 128\n';

interface Said {
  readonly files: readonly {
    readonly path: string;
    readonly findings: readonly { readonly rule: string; readonly severity: string }[];
  }[];
}

async function findings(cwd: string, ...paths: readonly string[]) {
  const words = ['check', ...paths, '--gpu', 'RTX 4090', '--format', 'json', '--exit-zero'];
  const { files }: Said = JSON.parse((await tunelint(words, { cwd })).out);
  return files.map(({ path, findings: found }) => [
    path,
    found.filter(({ rule }) => rule === 'does-not-fit').map(({ severity }) => severity),
  ]);
}

test('a program by itself is said mildly; the script that starts it knows what it is given', async (t) => {
  const cwd = folderWith(t, { 'train.py': PROGRAM, 'run.sh': SCRIPT });
  assert.deepEqual(await findings(cwd, 'train.py'), [['train.py', ['info']]]);
  assert.deepEqual(await findings(cwd, 'run.sh'), [
    ['run.sh', []],
    ['train.py', ['error']],
  ]);
  assert.deepEqual(await findings(cwd, '.'), [
    ['run.sh', []],
    ['train.py', ['error']],
  ]);
});

test('a script in `scripts` starts what lies above', async (t) => {
  const files = { 'project/train.py': PROGRAM, 'project/scripts/run.sh': SCRIPT };
  assert.deepEqual(await findings(folderWith(t, files), '.'), [
    ['project/scripts/run.sh', []],
    ['project/train.py', ['error']],
  ]);
});

test('lines that a fix changes in another file stand under its name', async (t) => {
  const cwd = folderWith(t, { 'train.py': PROGRAM, 'run.sh': SCRIPT });
  const { out } = await tunelint(['check', 'run.sh', '--gpu', 'RTX 4090'], { cwd });
  assert.match(out, /in run\.sh:\n +- torchrun .* 128\n +\+ torchrun .* \d+\n +in train\.py:\n +-/);
});
