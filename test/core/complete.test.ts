import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze, type Completion, complete, languageOf } from '../../src-core/index.ts';
import { parseDocument } from '../../src-core/syntax/parse.ts';
import { applyEdits } from '../../src-core/text/edit.ts';
import { english } from '../../src-core/text/message.ts';

interface Asked {
  readonly items: readonly Completion[];
  /** The text once the proposal of that label is taken. */
  take(label: string): string;
}

/** Asks at the `¦` of a file. */
function ask(path: string, marked: string): Asked {
  const offset = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  const language = languageOf(path);
  assert.ok(language !== undefined && offset >= 0);
  const items = complete(analyze({ file: { path, language, text }, settings: {} }), offset);
  return {
    items,
    take(label) {
      const item = items.find((one) => one.label === label);
      assert.ok(item !== undefined, `${label} in ${items.map((one) => one.label).slice(0, 20)}`);
      assert.ok(item.edit.span.start <= offset && item.edit.span.end >= offset);
      return applyEdits(text, [item.edit]);
    },
  };
}

const SWIFT = 'swift sft --model Qwen/Qwen2.5-7B-Instruct';
const DS = '{\n  "train_batch_size": 8,\n  "bf16": {"enabled": true},\n  "zero_optimization": ';

describe('keys', () => {
  it('come with what the language puts behind them', () => {
    assert.match(
      ask('a.sh', `${SWIFT} --tor¦\n`).take('torch_dtype'),
      /Instruct --torch_dtype \n$/,
    );
    assert.match(ask('a.sh', `${SWIFT} --lea¦\n`).take('learning_rate'), / --learning_rate \n$/);
    assert.match(
      ask('a.yaml', 'model_name_or_path: a/b\nstage: sft\nfinetuning_type: lora\ncut¦\n').take(
        'cutoff_len',
      ),
      /\ncutoff_len: \n$/,
    );
    const python = 'from trl import SFTConfig\nargs = SFTConfig(output_dir="o", ma¦)\n';
    assert.match(ask('a.py', python).take('max_length'), /, max_length=\)\n$/);
  });

  it('of a launcher stand before its script, and those of the script behind it', () => {
    const script = 'run_clm.py --output_dir o --per_device_train_batch_size 1 --bf16 --do_train';
    const before = ask('a.sh', `accelerate launch --num_machines 1 ¦ ${script}\n`);
    assert.match(before.take('multi_gpu'), / --multi_gpu run_clm/);
    assert.ok(!before.items.some(({ label }) => label === 'learning_rate'));
    const behind = ask('a.sh', `accelerate launch --num_machines 1 ${script} --lea¦\n`);
    assert.match(behind.take('learning_rate'), /--learning_rate \n$/);
    assert.ok(!behind.items.some(({ label }) => label === 'multi_gpu'));
  });

  it('are overrides where the command reads such', () => {
    const llama = 'llamafactory-cli train lora.yaml';
    assert.match(ask('a.sh', `${llama} --lea¦\n`).take('learning_rate'), / learning_rate=\n$/);
    assert.match(ask('a.sh', `${llama} bf1¦\n`).take('bf16'), /lora.yaml bf16=\n$/);
    assert.match(
      ask('a.sh', 'llamafactory-cli train --stage sft ¦\n').take('bf16'),
      / --bf16 true/,
    );
    const tune = 'tune run lora_finetune_single_device --config a.yaml optimizer.lr=1e-4';
    const torchtune = ask('a.sh', `${tune} batch_s¦\n`);
    assert.match(torchtune.take('batch_size'), /lr=1e-4 batch_size=\n$/);
    assert.ok(torchtune.items.every(({ label }) => label !== 'weight_decay'));
  });

  it('of accelerate belong to the section that the caret stands in', () => {
    const yaml =
      'distributed_type: FSDP\nnum_processes: 2\nfsdp_config:\n  fsdp_version: 2\n  fsdp_¦\n';
    const { items } = ask('a.yaml', yaml);
    assert.ok(items.some(({ label }) => label === 'fsdp_reshard_after_forward'));
    assert.ok(items.every(({ label }) => label !== 'mixed_precision'));
  });

  it('of JSON are quoted, whatever quotes are there', () => {
    for (const typed of ['¦', 'st¦', '"¦', '"st¦', '"st¦"'])
      assert.equal(
        ask('ds.json', `${DS}{${typed}}\n}`).take('stage').slice(DS.length),
        '{"stage": }\n}',
        typed,
      );
    assert.match(ask('ds.json', `${DS}{"¦": 2}\n}`).take('stage'), /\{"stage": 2\}/);
  });

  it('are those of the innermost mapping', () => {
    const inner = ask('ds.json', `${DS}{"stage": 2, "¦"}\n}`);
    assert.ok(!inner.items.some(({ label }) => label === 'stage' || label === 'zero_optimization'));
    inner.take('offload_optimizer');
    const outer = ask('ds.json', `${DS}{"stage": 2},\n  "¦"\n}`);
    outer.take('gradient_clipping');
    const yaml =
      'model:\n  _component_: torchtune.models.llama3_1.lora_llama3_1_8b\n  ¦\noutput_dir: o\n';
    const nested = ask('a.yaml', yaml);
    assert.match(nested.take('lora_rank'), /\n {2}lora_rank: \noutput_dir/);
  });

  it('come with the first key that only axolotl has', () => {
    const begun = 'base_model: Qwen/Qwen2.5-7B\nsequence_len: 2048\n';
    assert.match(
      ask('a.yml', `${begun}micr¦\n`).take('micro_batch_size'),
      /\nmicro_batch_size: \n$/,
    );
    const data = 'base_model: Qwen/Qwen2.5-7B\ndatasets:\n  - path: a/b\nseq¦\n';
    assert.match(ask('a.yml', data).take('sequence_len'), /\nsequence_len: \n$/);
    assert.deepEqual(ask('a.yml', `${begun}dataset_path: d\nmicr¦\n`).items, []);
  });

  it('are not offered where none can stand', () => {
    assert.deepEqual(ask('ds.json', `${DS}{"stage"¦: 2}\n}`).items, []);
    const written = ask('a.sh', `${SWIFT} --torch_dtype float16 --¦\n`).items;
    assert.ok(!written.some(({ label }) => label === 'torch_dtype' || label === 'model'));
  });
});

describe('values', () => {
  it('of a choice are written as the language has them', () => {
    assert.match(ask('a.sh', `${SWIFT} --torch_dtype ¦\n`).take('bfloat16'), /_dtype bfloat16\n$/);
    const nested = `${DS}{"stage": 3, "offload_optimizer": {"device": "c¦"}}\n}`;
    assert.match(ask('ds.json', nested).take('cpu'), /\{"device": "cpu"\}/);
    const json = '{"model_name_or_path": "a/b", "finetuning_type": "lora", "stage": "s¦"}';
    assert.match(ask('a.json', json).take('sft'), /"stage": "sft"\}/);
    const quoted = "from trl import SFTConfig\nargs = SFTConfig(eval_strategy='¦')\n";
    assert.match(ask('a.py', quoted).take('steps'), /eval_strategy='steps'\)/);
    const bare = 'from trl import SFTConfig\nargs = SFTConfig(eval_strategy=¦)\n';
    assert.match(ask('a.py', bare).take('steps'), /eval_strategy="steps"\)/);
    const yaml = 'model_name_or_path: a/b\nstage: sft\nfinetuning_type: lora\nsave_strategy: ¦\n';
    assert.match(ask('a.yaml', yaml).take('no'), /save_strategy: "no"\n/);
  });

  it('of the model are ids, those with known dimensions first', () => {
    const { items, take } = ask('a.sh', 'swift sft --model qwen2.5-7b¦ --dataset x\n');
    assert.match(take('Qwen/Qwen2.5-7B-Instruct'), /--model Qwen\/Qwen2\.5-7B-Instruct --dataset/);
    assert.match(english(items[0]?.detail ?? ''), /^[\d.]+ B parameters$/);
    assert.ok(items.every(({ label }) => label.toLowerCase().includes('qwen2.5-7b')));
    const yaml = 'model_name_or_path: ¦\nstage: sft\nfinetuning_type: lora\n';
    assert.ok(ask('a.yaml', yaml).items.length > 100);
  });

  it("of the template begin with the model's own", () => {
    const { items, take } = ask(
      'a.yaml',
      'model_name_or_path: meta-llama/Llama-3.1-8B-Instruct\nstage: sft\nfinetuning_type: lora\ntemplate: ¦\n',
    );
    assert.equal(items[0]?.label, 'llama3');
    assert.match(take('qwen'), /template: qwen\n/);
  });
});

it('every proposal leaves a file that parses as before', () => {
  const files: readonly (readonly [string, string])[] = [
    ['ds.json', `${DS}{"stage": 2, "offload_optimizer": {"device": "cpu"}}\n}\n`],
    [
      'a.yaml',
      'model_name_or_path: Qwen/Qwen2.5-7B\nstage: sft\nfinetuning_type: lora\nbf16: true\n',
    ],
    ['a.py', 'from trl import SFTConfig\nargs = SFTConfig(output_dir="o", bf16=True)\n'],
    ['a.sh', `${SWIFT} --torch_dtype bfloat16 \\\n  --tuner_type lora\n`],
  ];
  for (const [path, text] of files) {
    const language = languageOf(path) ?? 'json';
    const analysis = analyze({ file: { path, language, text }, settings: {} });
    for (let offset = 0; offset <= text.length; offset++)
      for (const { kind, label, edit } of complete(analysis, offset).slice(0, 3)) {
        const now = applyEdits(text, [edit]);
        // A new key still waits for its value, and JSON and Python for what separates them.
        if (kind === 'key') assert.ok(now.includes(label));
        else assert.deepEqual(parseDocument({ path, language, text: now }).problems, [], now);
      }
  }
});
