import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ComponentData } from '../../src-core/frameworks/component-load.ts';
import type { KeySpec, Scope } from '../../src-core/frameworks/schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../../src-core/frameworks/schema-load.ts';
import { torchrunScope } from '../../src-core/frameworks/torchrun.ts';

const folder = join(import.meta.dirname, '../../src-core/frameworks');
const read = (name: string): SchemaData =>
  JSON.parse(readFileSync(join(folder, name, 'keys.data.json'), 'utf8'));
const frameworks = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .filter((name) => readdirSync(join(folder, name)).includes('keys.data.json'));
const data = new Map(frameworks.map((name) => [name, read(name)]));
const loaders = new Map([...data].map(([name, one]) => [name, loadScopes(one)]));

function scope(framework: string, id: string): Scope {
  const load = loaders.get(framework);
  assert.ok(load, `no data for ${framework}`);
  return load(id);
}

function key(framework: string, id: string, name: string): KeySpec {
  const found = scope(framework, id)
    .keys.all()
    .find((one) => one.name === name);
  assert.ok(found, `${framework} ${id} has no ${name}`);
  return found;
}

const gone = (framework: string, id: string, name: string) =>
  scope(framework, id).gone.find((one) => one.name === name);

/** Keys of the newest release, as the sources of the frameworks were counted. */
const COUNTS: readonly (readonly [string, string, number])[] = [
  ['swift', 'sft', 329],
  ['swift', 'pt', 329],
  ['swift', 'rlhf', 477],
  ['swift', 'infer', 149],
  ['swift', 'export', 123],
  ['swift', 'deploy', 160],
  ['swift', 'eval', 170],
  ['swift', 'megatron sft', 404],
  ['swift', 'megatron export', 407],
  ['llamafactory', 'train', 350],
  ['transformers', 'TrainingArguments', 112],
  ['transformers', 'Seq2SeqTrainingArguments', 117],
  ['transformers', 'BitsAndBytesConfig', 10],
  ['peft', 'LoraConfig', 42],
  ['trl', 'SFTConfig', 133],
  ['trl', 'DPOConfig', 137],
  ['trl', 'GRPOConfig', 189],
  ['trl', 'KTOConfig', 129],
  ['trl', 'RewardConfig', 123],
  ['trl', 'RLOOConfig', 163],
  ['trl', 'ModelConfig', 19],
  ['trl', 'ScriptArguments', 6],
  ['axolotl', 'config', 388],
  ['accelerate', 'config', 33],
  ['deepspeed', 'zero_optimization', 44],
  ['deepspeed', 'fp16', 9],
  ['litgpt', 'finetune_lora', 23],
  ['openrlhf', 'train_sft', 77],
];

describe('framework option tables', () => {
  for (const [framework, id, count] of COUNTS) {
    it(`${framework} ${id} has ${count} keys now`, () => {
      const now = scope(framework, id)
        .keys.all()
        .filter((one) => !one.until && !one.rare);
      assert.equal(now.length, count);
    });
  }

  it('every scope of every framework inflates into sound keys', () => {
    for (const [name, one] of data) {
      for (const id of scopeIds(one).all()) checkScope(name, scope(name, id));
    }
  });

  it('shares the keys that scopes have in common, and gives the same scope twice', () => {
    assert.equal(key('swift', 'sft', 'lora_rank'), key('swift', 'pt', 'lora_rank'));
    assert.equal(scope('swift', 'sft'), scope('swift', 'sft'));
  });

  it('refuses a scope that is not there', () => {
    assert.throws(() => scope('swift', 'train'), RangeError);
  });
});

function checkScope(framework: string, one: Scope): void {
  const where = `${framework} ${one.id}`;
  const names = one.keys.all().map((spec) => spec.name);
  assert.equal(new Set(names).size, names.length, `${where}: a key twice`);
  const now = new Set(
    one.keys
      .all()
      .filter((spec) => spec.until === undefined)
      .flatMap((s) => [s.name, ...(s.aliases ?? [])]),
  );
  for (const spec of one.keys.all()) {
    assert.ok(spec.kinds.length > 0, `${where}.${spec.name}: no kind`);
    assert.doesNotMatch(spec.source, /undefined|^:/, `${where}.${spec.name}: source`);
    if (spec.nested !== undefined) assert.ok(scope(framework, spec.nested));
    if (spec.until !== undefined) {
      assert.ok(
        one.gone.some((entry) => entry.name === spec.name),
        `${where}.${spec.name}: gone`,
      );
    } else if (spec.default !== undefined && spec.default !== null) checkChoice(where, spec);
  }
  for (const entry of one.gone) {
    assert.ok(!now.has(entry.name), `${where}.${entry.name} is both there and gone`);
    if (entry.now !== undefined)
      assert.ok(now.has(entry.now), `${where}: ${entry.now} is not there`);
  }
}

/** The default of a key with closed choices is one of them. */
function checkChoice(where: string, spec: KeySpec): void {
  if (spec.choices === undefined || spec.choicesOpen || spec.default === undefined) return;
  if (spec.default === '') return; // argparse's way of saying: not given.
  assert.ok(spec.choices.includes(spec.default), `${where}.${spec.name}: default ${spec.default}`);
}

describe('single options', () => {
  it('swift torch_dtype: three names or null', () => {
    const spec = key('swift', 'sft', 'torch_dtype');
    assert.deepEqual(spec.kinds, ['string']);
    assert.equal(spec.nullable, true);
    assert.equal(spec.default, null);
    assert.deepEqual(spec.choices, ['bfloat16', 'float16', 'float32']);
    assert.match(spec.source, /model_args\.py:74$/);
  });

  it('swift quant_bits mixes numbers and a name', () => {
    const spec = key('swift', 'sft', 'quant_bits');
    assert.deepEqual(spec.choices, [1, 2, 3, 4, 8, 'float8']);
    assert.deepEqual(spec.kinds, ['int', 'string']);
  });

  it('a list default is kept apart', () => {
    const spec = key('swift', 'sft', 'target_modules');
    assert.equal(spec.default, undefined);
    assert.deepEqual(spec.defaultList, ['all-linear']);
  });

  it('computed defaults are undefined, constants are resolved', () => {
    assert.equal(key('transformers', 'TrainingArguments', 'optim').default, undefined);
    assert.equal(key('swift', 'sft', 'download_mode').default, 'reuse_dataset_if_exists');
    assert.ok(key('transformers', 'TrainingArguments', 'log_level').choices?.includes('passive'));
  });

  it('a literal beside any string leaves the choices open', () => {
    assert.equal(key('peft', 'LoraConfig', 'init_lora_weights').choicesOpen, true);
    assert.equal(key('axolotl', 'config', 'chat_template').choicesOpen, true);
    assert.deepEqual(key('axolotl', 'config', 'bf16').choices, ['auto', true, false]);
  });

  it('the nf4 and fp4 names of bitsandbytes', () => {
    const spec = key('transformers', 'BitsAndBytesConfig', 'bnb_4bit_quant_type');
    assert.deepEqual([spec.default, spec.choices], ['fp4', ['fp4', 'nf4']]);
  });

  it('choices that the code checks', () => {
    const tuner = key('swift', 'sft', 'tuner_type');
    assert.ok(tuner.choices?.includes('longlora') && !tuner.choices.includes('qlora'));
    assert.deepEqual(tuner.choicesExtendedBy, ['external_plugins', 'custom_register_path']);
    assert.deepEqual(key('trl', 'SFTConfig', 'loss_type').choices, ['nll', 'dft', 'chunked_nll']);
    assert.equal(key('accelerate', 'config', 'mixed_precision').choicesOpen, true);
  });

  it('nested mappings name their scope', () => {
    const { nested } = key('deepspeed', 'zero_optimization', 'offload_optimizer');
    assert.equal(nested, 'zero_optimization.offload_optimizer');
    assert.equal(key('accelerate', 'config', 'fsdp_config').nested, 'fsdp_config');
    assert.equal(key('axolotl', 'config', 'trl').nested, 'TRLConfig');
  });
});

describe('what options mean', () => {
  it('one sentence, the own one of a framework first', () => {
    assert.match(key('llamafactory', 'train', 'lora_rank').doc ?? '', /rank/i);
    const [swift, deepspeed] = [
      key('swift', 'sft', 'torch_dtype').doc,
      key('deepspeed', 'zero_optimization', 'stage').doc,
    ];
    assert.match(swift ?? '', /autocast/);
    assert.match(deepspeed ?? '', /ZeRO/);
  });

  it('every documented option exists somewhere', () => {
    const known = new Set<string>();
    for (const [name, one] of data) {
      for (const id of scopeIds(one).all()) {
        for (const spec of scope(name, id).keys.all()) known.add(spec.name);
        for (const spec of scope(name, id).keys.all())
          for (const a of spec.aliases ?? []) known.add(a);
      }
    }
    const file = join(folder, 'torchtune/components.data.json');
    for (const row of (JSON.parse(readFileSync(file, 'utf8')) as ComponentData).rows) {
      known.add(row.split('\t', 1)[0] ?? '');
    }
    const docs = JSON.parse(readFileSync(join(folder, 'docs.data.json'), 'utf8'));
    for (const name of Object.keys(docs.common)) assert.ok(known.has(name), name);
    for (const [framework, table] of Object.entries<object>(docs.frameworks)) {
      const one = data.get(framework);
      assert.ok(one || framework === 'torchrun', framework);
      // torchrun is no framework of its own: its flags are few, and stand in the code.
      const scopes = one
        ? scopeIds(one)
            .all()
            .map((id) => scope(framework, id))
        : [torchrunScope()];
      const names = new Set(scopes.flatMap(({ keys }) => keys.all().map((k) => k.name)));
      for (const name of Object.keys(table)) assert.ok(names.has(name), `${framework} ${name}`);
    }
  });
});

describe('what came and went', () => {
  it('swift train_type became tuner_type after 4.0', () => {
    assert.deepEqual(gone('swift', 'sft', 'train_type'), {
      name: 'train_type',
      until: '4.0.4',
      now: 'tuner_type',
    });
    assert.equal(key('swift', 'sft', 'tuner_type').since, '4.0');
  });

  it('a field that moved into an inherited class is not gone', () => {
    assert.equal(gone('swift', 'sft', 'deepspeed'), undefined);
    assert.equal(key('swift', 'sft', 'bf16').since, undefined);
  });

  it('swift keeps its own warmup_ratio, whatever transformers does', () => {
    assert.equal(key('swift', 'sft', 'warmup_ratio').until, undefined);
    assert.equal(gone('swift', 'sft', 'warmup_ratio'), undefined);
  });

  it('LLaMA-Factory takes what older transformers have, and says until when', () => {
    const spec = key('llamafactory', 'train', 'warmup_ratio');
    assert.deepEqual([spec.until, spec.package], ['5.14', 'transformers']);
    const entry = gone('llamafactory', 'train', 'warmup_ratio');
    assert.equal(entry?.now, undefined, 'the value means something else in warmup_steps');
    assert.ok(entry?.note);
    assert.equal(key('llamafactory', 'train', 'overwrite_output_dir').until, undefined);
  });

  it('LLaMA-Factory knows the options of Megatron, which only the environment may switch on', () => {
    assert.equal(key('llamafactory', 'train', 'pipeline_model_parallel_size').rare, true);
    assert.equal(key('llamafactory', 'train', 'lora_rank').rare, undefined);
  });

  it('LLaMA-Factory renames', () => {
    assert.equal(gone('llamafactory', 'train', 'kto_ftx')?.now, 'pref_ftx');
    assert.equal(gone('llamafactory', 'train', 'evaluation_strategy')?.now, 'eval_strategy');
    assert.deepEqual(key('llamafactory', 'train', 'quantization_method').goneValues, [
      { value: 'bitsandbytes', until: '0.9.2', now: 'bnb' },
    ]);
  });

  it('TRL renames, per class', () => {
    assert.equal(gone('trl', 'SFTConfig', 'max_seq_length')?.now, 'max_length');
    assert.equal(gone('trl', 'ModelConfig', 'torch_dtype')?.now, 'dtype');
    assert.deepEqual(
      [
        gone('trl', 'GRPOConfig', 'max_prompt_length')?.until,
        gone('trl', 'SFTConfig', 'max_prompt_length'),
      ],
      ['0.27.2', undefined],
    );
  });

  it('accelerate and DeepSpeed', () => {
    const entry = gone('accelerate', 'fsdp_config', 'fsdp_backward_prefetch_policy');
    assert.equal(entry?.now, 'fsdp_backward_prefetch');
    assert.ok(key('deepspeed', 'zero_optimization', 'cpu_offload').deprecated?.note);
    const aliases = key('deepspeed', 'zero_optimization', 'prefetch_bucket_size').aliases;
    assert.deepEqual(aliases, ['stage3_prefetch_bucket_size']);
  });

  it('the sources of optim names that are gone', () => {
    const spec = key('transformers', 'TrainingArguments', 'optim');
    assert.equal(spec.goneValues?.find((one) => one.value === 'adamw_hf')?.now, 'adamw_torch');
    assert.ok(spec.choices?.includes('adamw_apex_fused'), 'legal in the older releases allowed');
  });
});
