import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze, complete, languageOf } from '../../src-core/index.ts';
import { parseDocument } from '../../src-core/syntax/parse.ts';
import { applyEdits } from '../../src-core/text/edit.ts';
import { english } from '../../src-core/text/message.ts';
import { ask } from './ask.ts';

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
    ask('a.sh', `accelerate launch --num_machines 1 --¦ ${script}\n`).take('multi_gpu');
    ask('a.sh', 'accelerate launch --¦ train.py\n').take('multi_gpu');
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

  it('take the place of the whole word, and leave what follows it', () => {
    const yaml = 'model_name_or_path: a/b\nstage: sft\nfinetuning_type: lora\n';
    const rank = (typed: string) =>
      ask('a.yaml', yaml + typed)
        .take('lora_rank')
        .slice(yaml.length);
    assert.equal(rank('lora_¦rank: 8\n'), 'lora_rank: 8\n');
    assert.equal(rank('lora_¦ 8\n'), 'lora_rank: 8\n');
    assert.equal(rank('lora_¦rank\n'), 'lora_rank: \n');
    const flag = (typed: string, label: string) =>
      ask('a.sh', `${SWIFT} ${typed}\n`)
        .take(label)
        .slice(SWIFT.length + 1);
    assert.equal(flag('--learn¦ing_rate 1e-4', 'learning_rate'), '--learning_rate 1e-4\n');
    assert.equal(flag('--learn¦ \\\n  --bf16', 'learning_rate'), '--learning_rate  \\\n  --bf16\n');
    assert.equal(flag('--bf¦16 true', 'bf16'), '--bf16 true\n');
    assert.equal(flag('--bf¦16=true', 'bf16'), '--bf16=true\n');
    const call = 'from peft import LoraConfig\nx = LoraConfig(lora_¦alpha=16)\n';
    assert.match(ask('a.py', call).take('lora_alpha'), /\(lora_alpha=16\)/);
    const override = ask('a.sh', 'llamafactory-cli train a.yaml lea¦rning_rate=3\n');
    assert.match(override.take('learning_rate'), /a\.yaml learning_rate=3\n$/);
  });

  it('are those of a mapping in which nothing stands yet, and of the items of a list', () => {
    const axolotl = 'base_model: a/b\nadapter: lora\ndatasets:\n  - path: d\n    type: alpaca\n';
    for (const typed of ['¦', 'off¦']) {
      const config = ask('a.yaml', `${axolotl}fsdp_config:\n  ${typed}\nlora_r: 8\n`);
      assert.match(config.take('offload_params'), /\nfsdp_config:\n {2}offload_params: \nlora_r/);
      assert.ok(config.items.every(({ label }) => label !== 'lora_alpha'));
    }
    assert.match(ask('a.yaml', `${axolotl}    ¦\n`).take('split'), /alpaca\n {4}split: \n$/);
    assert.match(ask('a.yaml', `${axolotl}  - ¦\n`).take('path'), /alpaca\n {2}- path: \n$/);
    const accelerate = 'distributed_type: FSDP\nmixed_precision: bf16\nfsdp_config:\n  ¦\n';
    ask('a.yaml', accelerate).take('fsdp_offload_params');
    assert.deepEqual(ask('a.yaml', `${axolotl}output_dir: out\n  ¦\n`).items, []);
  });

  it('behind axolotl are spelled as click makes them', () => {
    const { items, take } = ask('a.sh', 'axolotl train c.yaml --¦\n');
    assert.match(take('adam-beta2'), / --adam-beta2 \n$/);
    assert.match(take('sample-packing'), / --sample-packing\n$/);
    assert.match(take('no-sample-packing'), / --no-sample-packing\n$/);
    assert.ok(items.every(({ label }) => !/_|^(?:trl|datasets|liger-rope)$/.test(label)));
    const module = ask('a.sh', 'accelerate launch -m axolotl.cli.train c.yaml --¦\n');
    assert.match(module.take('adam_beta2'), / --adam_beta2 \n$/);
  });

  it('are not offered where none can stand', () => {
    const line = `${SWIFT} --torch_dtype bfloat16`;
    for (const text of [
      `${line}\n¦\n`,
      `${line}\n\n¦\n`,
      `${line} \\\n\n  ¦\n`,
      `CUDA_VISIBLE_DEVICES=0 ¦ ${SWIFT}\n`,
      'swift ¦ sft --model a/b\n',
      'torchrun train¦\n',
      'torchrun --nproc_per_node ¦ train.py\n',
      'torchrun --nproc_per_node 2 notes.txt --¦ train.py\n',
    ])
      assert.deepEqual(ask('a.sh', text).items, [], text);
    ask('a.sh', `${line} \\\n  ¦\n`).take('bf16');
    const call = 'from transformers import TrainingArguments\na = TrainingArguments(bf16=True, ';
    for (const kwargs of ['{¦}', '{\n  ¦\n}', '{"a": 1, ¦}', 'dict(¦)'])
      assert.deepEqual(ask('a.py', `${call}lr_scheduler_kwargs=${kwargs})\n`).items, [], kwargs);
    const optimizer = '"optimizer": {"type": "AdamW", "params": {"lr": 1, "¦"}}';
    assert.deepEqual(ask('ds.json', `{"train_batch_size": 8, ${optimizer}}`).items, []);
    const accelerate = ask('a.yaml', 'distributed_type: FSDP\nnum_processes: 2\nkt¦\n').items;
    assert.ok(accelerate.length > 0 && accelerate.every(({ label }) => label !== 'kt_config'));
    assert.deepEqual(ask('ds.json', `${DS}{"stage"¦: 2}\n}`).items, []);
    const written = ask('a.sh', `${SWIFT} --torch_dtype float16 --¦\n`).items;
    assert.ok(!written.some(({ label }) => label === 'torch_dtype' || label === 'model'));
  });
});

describe('behind a flag', () => {
  const labels = (text: string) => ask('a.sh', `${text}\n`).items.map(({ label }) => label);

  it('that takes a value stands no option', () => {
    for (const flag of ['output_dir', 'learning_rate', 'report_to', 'deepspeed', 'target_modules'])
      for (const typed of [' ¦', ' \\\n  ¦', ' ¦ x', ' --¦'])
        assert.deepEqual(labels(`${SWIFT} --${flag}${typed}`), [], flag + typed);
    assert.deepEqual(labels('trl sft --model_name_or_path a/b --output_dir ¦'), []);
    assert.deepEqual(labels('llamafactory-cli train --stage sft --output_dir ¦'), []);
    assert.deepEqual(labels(`${SWIFT} --target_modules q_¦proj v_proj`), []);
  });

  it('that may have one stand its values and the options', () => {
    const found = labels(`${SWIFT} --gradient_checkpointing ¦`);
    assert.deepEqual(found.slice(0, 2), ['true', 'false']);
    assert.ok(found.includes('learning_rate'));
    const dashed = labels(`${SWIFT} --gradient_checkpointing --¦`);
    assert.ok(!dashed.includes('true') && dashed.includes('learning_rate'));
  });

  it('that has none, or has it already, stand the options', () => {
    for (const before of [
      `${SWIFT} --no_gradient_checkpointing ¦`,
      `${SWIFT} --learning_rate 1e-4 ¦`,
      `${SWIFT} --learning_rate 1e-4 --¦`,
      `${SWIFT} --target_modules q_proj --¦`,
    ]) {
      const found = labels(before);
      assert.ok(!found.includes('true') && found.includes('bf16'), before);
    }
    assert.ok(!labels('accelerate launch --multi_gpu ¦ train.py').includes('true'));
  });
});

describe('values', () => {
  it('stand apart from the colon of YAML', () => {
    const yaml = 'model_name_or_path: a/b\nfinetuning_type: lora\nstage:¦\n';
    assert.match(ask('a.yaml', yaml).take('pt'), /\nstage: pt\n$/);
  });

  it("of axolotl's optimizer are transformers' and its own", () => {
    const yaml = 'base_model: a/b\nadapter: lora\nsequence_len: 8\noptimizer: ¦\n';
    const { take } = ask('a.yaml', yaml);
    for (const name of ['adamw_torch_fused', 'adamw_bnb_8bit', 'paged_adamw_8bit', 'muon'])
      assert.match(take(name), new RegExp(`\\noptimizer: ${name}\\n$`));
  });

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
    const untyped = ask('a.yaml', yaml);
    assert.ok(untyped.items.length > 100 && untyped.partial);
    assert.ok(!ask('a.yaml', yaml.replace('¦', 'Qwen2.5-7B¦')).partial);
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
      for (const { kind, label, edit } of complete(analysis, offset).items.slice(0, 3)) {
        const now = applyEdits(text, [edit]);
        // A new key still waits for its value, and JSON and Python for what separates them.
        if (kind === 'key') assert.ok(now.includes(label));
        else assert.deepEqual(parseDocument({ path, language, text: now }).problems, [], now);
      }
  }
});
