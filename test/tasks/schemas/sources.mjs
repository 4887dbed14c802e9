// Which extracted classes make up which scope of which framework.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (folder, name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
const fieldsOf = (data, names) => {
  const out = new Map();
  for (const name of names) {
    for (const field of data.classes[name].fields) {
      if (!out.has(field.name)) out.set(field.name, field);
    }
  }
  return [...out.values()];
};

/** Keys of transformers 4 that the newest release lost: legal wherever version 4 is allowed. */
export function lostSince4(folder, className) {
  const now = new Set(
    read(folder, 'transformers-5.18.0').classes[className].fields.map((f) => f.name),
  );
  return read(folder, 'transformers-4.57.6')
    .classes[className].fields.filter((field) => !now.has(field.name))
    .map((field) => ({ ...field, until: '4.57' }));
}

/** Keys that transformers 5 added. */
export function newSince5(folder, className) {
  const then = new Set(
    read(folder, 'transformers-4.57.6').classes[className].fields.map((f) => f.name),
  );
  return new Set(
    read(folder, 'transformers-5.18.0')
      .classes[className].fields.map((field) => field.name)
      .filter((name) => !then.has(name)),
  );
}

const SWIFT_HISTORY = {
  sft: ['SftArguments', 'TrainArguments'],
  pt: ['PretrainArguments', 'PtArguments', 'SftArguments', 'TrainArguments'],
  rlhf: [
    'RLHFArguments',
    'DPOArguments',
    'ORPOArguments',
    'SimPOArguments',
    'SftArguments',
    'TrainArguments',
  ],
  infer: ['InferArguments'],
  export: ['ExportArguments'],
  deploy: ['DeployArguments'],
  eval: ['EvalArguments'],
  app: ['AppArguments', 'AppUIArguments'],
  'web-ui': ['WebUIArguments', 'WebuiArguments'],
  sample: ['SamplingArguments'],
  rollout: ['RolloutArguments'],
  'merge-lora': ['MergeArguments', 'ExportArguments'],
  'megatron sft': ['MegatronSftArguments', 'MegatronTrainArguments'],
  'megatron pt': ['MegatronPretrainArguments', 'MegatronTrainArguments'],
  'megatron rlhf': ['MegatronRLHFArguments', 'MegatronTrainArguments'],
  'megatron export': ['MegatronExportArguments'],
};

function swift(folder) {
  const data = read(folder, 'ms-swift');
  const trainer = new Set(['sft', 'pt', 'rlhf']);
  return {
    framework: 'swift',
    package: 'ms-swift',
    version: '4.6.0.dev0',
    origin: 'ms-swift 4.6.0.dev0 (3602360a5) with transformers 5.18.0',
    transformers: 'Seq2SeqTrainingArguments',
    history: 'ms-swift',
    scopes: Object.entries(data.commands).map(([command, name]) => ({
      id: command,
      title: command.startsWith('megatron ') ? command : `swift ${command}`,
      fields: fieldsOf(data, [name]),
      lost: trainer.has(command) ? lostSince4(folder, 'Seq2SeqTrainingArguments') : [],
      history: [...SWIFT_HISTORY[command], name],
      renames: command.startsWith('megatron') ? ['megatron', 'swift'] : ['swift'],
      unknown: 'raise',
      names: 'hf',
    })),
  };
}

const LLAMAFACTORY = {
  train: {
    title: 'llamafactory-cli train',
    classes: [
      'ModelArguments',
      'DataArguments',
      'TrainingArguments',
      'FinetuningArguments',
      'GeneratingArguments',
    ],
  },
  infer: {
    title: 'llamafactory-cli chat',
    classes: ['ModelArguments', 'DataArguments', 'FinetuningArguments', 'GeneratingArguments'],
  },
  eval: {
    title: 'llamafactory-cli eval',
    classes: ['ModelArguments', 'DataArguments', 'EvaluationArguments', 'FinetuningArguments'],
  },
  megatron: { title: 'llamafactory-cli train (Megatron)', classes: ['MegatronBridgeArguments'] },
};

function llamafactory(folder) {
  const data = read(folder, 'llamafactory');
  const lost = lostSince4(folder, 'Seq2SeqTrainingArguments');
  return {
    framework: 'llamafactory',
    package: 'llamafactory',
    version: '0.9.6.dev0',
    origin: 'LLaMA-Factory after 0.9.5 (ff6d4d12e) with transformers 4.55 to 5.8',
    transformers: 'Seq2SeqTrainingArguments',
    history: 'llamafactory',
    scopes: Object.entries(LLAMAFACTORY).map(([id, { title, classes }]) => ({
      id,
      title,
      fields: fieldsOf(data, classes),
      lost: classes.includes('TrainingArguments') ? lost : [],
      history: id === 'megatron' ? classes : 'all',
      renames: ['llamafactory', ...(id === 'train' ? ['transformersOld'] : [])],
      unknown: 'raise',
      names: 'hf',
    })),
  };
}

const BNB = 'BitsAndBytesConfig';

function transformers(folder) {
  const data = read(folder, 'transformers-5.18.0');
  const trainers = ['TrainingArguments', 'Seq2SeqTrainingArguments'];
  const others = Object.keys(data.classes).filter(
    (name) => !trainers.includes(name) && data.classes[name].fields.length > 0,
  );
  return {
    framework: 'transformers',
    package: 'transformers',
    version: '5.18.0',
    origin: 'transformers 5.18.0 and 4.57.6',
    own: true,
    scopes: [
      ...trainers.map((name) => ({
        id: name,
        title: name,
        fields: fieldsOf(data, [name]),
        lost: lostSince4(folder, name),
        added: newSince5(folder, name),
        renames: ['transformers'],
        unknown: 'raise',
        names: 'hf',
      })),
      ...others.map((name) => ({
        id: name,
        title: name,
        fields: fieldsOf(data, [name]),
        lost: lostIn(folder, name),
        renames: [],
        // Only BitsAndBytesConfig was read for what it does with other keywords: it logs them.
        unknown: name === BNB ? 'drop' : 'open',
        names: 'exact',
      })),
      fromPretrained(),
    ],
  };
}

function lostIn(folder, name) {
  const before = read(folder, 'transformers-4.57.6');
  return before.classes[name] ? lostSince4(folder, name) : [];
}

/** Keywords of `AutoModel*.from_pretrained`, read by hand from modeling_utils.py and auto_factory.py. */
function fromPretrained() {
  const at = 'transformers/modeling_utils.py';
  const field = (name, type, value, more = {}) => ({
    name,
    type,
    default: value,
    required: false,
    choices: null,
    aliases: [],
    definedIn: at,
    ...more,
  });
  return {
    id: 'from_pretrained',
    title: 'from_pretrained',
    fields: [
      field('pretrained_model_name_or_path', 'str | Path', null),
      field('config', 'PretrainedConfig | str | Path | None', null),
      field('dtype', 'str | torch.dtype | None', null, {
        choices: ['auto', 'bfloat16', 'float16', 'float32', 'float64'],
        choicesOpen: true,
        aliases: ['torch_dtype'],
      }),
      field('device_map', 'str | dict | int | None', null),
      field('max_memory', 'dict | None', null),
      field('tp_plan', 'str | dict | None', null),
      field('tp_size', 'int | None', null),
      field('attn_implementation', 'str | dict | None', null, {
        choices: [
          'eager',
          'sdpa',
          'flash_attention_2',
          'flash_attention_3',
          'flash_attention_4',
          'flex_attention',
        ],
        choicesOpen: true,
      }),
      field('experts_implementation', 'str | dict | None', null),
      field('quantization_config', 'dict | QuantizationConfig | None', null),
      field('offload_folder', 'str | Path | None', null),
      field('offload_state_dict', 'bool | None', null, { until: '4.57' }),
      field('offload_buffers', 'bool', false),
      field('low_cpu_mem_usage', 'bool | None', null),
      field('trust_remote_code', 'bool | None', null),
      field('use_cache', 'bool', null),
      field('use_safetensors', 'bool | None', null),
      field('weights_only', 'bool', true),
      field('ignore_mismatched_sizes', 'bool', false),
      field('output_loading_info', 'bool', false),
      field('key_mapping', 'dict | None', null),
      field('variant', 'str | None', null),
      field('gguf_file', 'str | None', null),
      field('cache_dir', 'str | Path | None', null),
      field('force_download', 'bool', false),
      field('local_files_only', 'bool', false),
      field('proxies', 'dict | None', null),
      field('token', 'str | bool | None', null),
      field('use_auth_token', 'str | bool | None', null, { until: '4.57' }),
      field('revision', 'str', 'main'),
      field('code_revision', 'str | None', null),
      field('subfolder', 'str', ''),
      field('load_in_8bit', 'bool', false, { until: '4.57' }),
      field('load_in_4bit', 'bool', false, { until: '4.57' }),
      field('use_flash_attention_2', 'bool', false, { until: '4.57' }),
      field('use_kernels', 'bool', false),
      field('kernel_config', 'KernelConfig | None', null),
      field('distributed_config', 'DistributedConfig | None', null),
      field('device_mesh', 'Any', null),
      field('adapter_kwargs', 'dict | None', null),
    ],
    lost: [],
    renames: [],
    unknown: 'open',
    names: 'exact',
  };
}

function peft(folder) {
  const data = read(folder, 'peft');
  return {
    framework: 'peft',
    package: 'peft',
    version: '0.21.0',
    origin: 'peft 0.20.0 to 0.21.0 (5d602fdbf)',
    history: 'peft',
    scopes: Object.keys(data.classes)
      .filter((name) => data.classes[name].fields.length > 0)
      .map((name) => ({
        id: name,
        title: name,
        fields: fieldsOf(data, [name]),
        lost: [],
        history: [name],
        renames: ['peft'],
        unknown: 'raise',
        names: 'exact',
      })),
  };
}

export const SOURCES = { swift, llamafactory, transformers, peft };
export { fieldsOf, read };
