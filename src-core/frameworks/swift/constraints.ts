import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  isOn,
  isSet,
  mayBeOn,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';
import { demandConstraints } from './constraints-demands.ts';
import { generationConstraints } from './constraints-generation.ts';
import { megatronConstraints } from './constraints-megatron.ts';
import { rewardConstraints } from './constraints-rewards.ts';
import { rlhfConstraints } from './constraints-rlhf.ts';
import { shapeConstraints } from './constraints-shape.ts';
import {
  exclusive,
  paddingFree,
  rejects,
  rlhfType,
  scopeOf,
  TRAINING,
  usesDeviceMap,
} from './facts.ts';
import { unevenGpus } from './spread.ts';

const FLASH = ['flash_attn', 'flash_attention_2', 'flash_attention_3', 'flash_attention_4'];
const SFT = 'arguments/sft_args.py';

/** Any of these may say which model there is: old names of it, checkpoints that hold it, and files of options. */
const NAMES_MODEL = [
  ...['model', 'model_type', 'model_id_or_path', 'config', 'ckpt_dir', 'load_args', 'adapters'],
  ...['resume_from_checkpoint', 'resume_only_model', 'mcore_model', 'mcore_adapter', 'load'],
];

const runChecks = lazy((): readonly Constraint[] => [
  rejects('no-dataset', SFT, ({ options: o, recognized }) => {
    const given = [
      'dataset',
      'cached_dataset',
      'load_args',
      'load_data_args',
      'resume_from_checkpoint',
      'config',
    ];
    if (!TRAINING.includes(scopeOf(recognized)) || given.some((key) => o.has(key)))
      return undefined;
    return { at: 'dataset', message: say`training needs \`--dataset\`` };
  }),
  rejects('no-model', 'arguments/base_args/model_args.py', ({ options: o, recognized }) => {
    if (!TRAINING.includes(scopeOf(recognized)) || NAMES_MODEL.some((key) => o.has(key)))
      return undefined;
    return { at: 'model', message: say`training needs \`--model\`` };
  }),
  rejects('uneven-gpus', 'utils/env.py', (input) => {
    const uneven = unevenGpus(input);
    if (uneven === undefined || !TRAINING.includes(scopeOf(input.recognized))) return undefined;
    const { gpus, processes } = uneven;
    return {
      at: 'NPROC_PER_NODE',
      place: processes,
      message: say`${gpus} visible GPUs cannot be dealt out evenly among ${known(processes) ?? 0} processes: ms-swift stops`,
    };
  }),
  ...['deepspeed', 'fsdp'].map((key) =>
    rejects(`${key}-device-map`, SFT, (i) => {
      if (!isSet(i.options, key) || !usesDeviceMap(i) || mayBeOn(i.options, 'use_ray'))
        return undefined;
      return {
        at: key,
        message: say`several GPUs are visible to one process, which spreads the layers over them (device_map); \`${key}\` needs one process for each: set NPROC_PER_NODE`,
      };
    }),
  ),
  rejects('fsdp-and-deepspeed', SFT, ({ options: o }) => {
    if (!isSet(o, 'fsdp') || !isSet(o, 'deepspeed')) return undefined;
    return exclusive('fsdp', 'deepspeed');
  }),
  rejects('fsdp2-save-only-model', SFT, ({ options: o }) => {
    if (textOf(o, 'fsdp') !== 'fsdp2' || !isOn(o, 'save_only_model')) return undefined;
    return exclusive(
      'save_only_model',
      'fsdp',
      say`the fsdp2 preset saves sharded states, which save_only_model cannot leave out`,
    );
  }),
  rejects('liger-device-map', 'trainers/arguments.py', (i) => {
    if (!isOn(i.options, 'use_liger_kernel') || !usesDeviceMap(i)) return undefined;
    return {
      at: 'use_liger_kernel',
      message: say`Liger kernels do not work when one process spreads the layers over several GPUs (device_map): set NPROC_PER_NODE`,
    };
  }),
  rejects('padding-free-attention', SFT, (i) => {
    const feature = paddingFree(i);
    const attention = i.options.text('attn_impl');
    if (feature === undefined || !TRAINING.includes(scopeOf(i.recognized))) return undefined;
    const name = known(attention);
    if (i.options.has('attn_impl') && name === undefined) return undefined;
    if (name !== undefined && FLASH.includes(name)) return undefined;
    const without = known(i.context.gpu)?.flashAttention2 === false;
    return {
      at: i.options.has('attn_impl') ? 'attn_impl' : feature,
      with: [feature],
      message: say`\`${feature}\` needs a flash attention: \`--attn_impl flash_attn\``,
      fixes: [without ? removeOption(feature) : setOption('attn_impl', 'flash_attn')],
    };
  }),
  ...['packing', 'streaming'].map((key) =>
    rejects(`lazy-tokenize-${key}`, 'arguments/base_args/base_args.py', ({ options: o }) => {
      if (!isOn(o, 'lazy_tokenize') || !isOn(o, key)) return undefined;
      return exclusive('lazy_tokenize', key);
    }),
  ),
  {
    id: 'streaming-without-steps',
    cite: { label: 'transformers trainer.py, Trainer.__init__' },
    check(i) {
      const { options: o } = i;
      if (!isOn(o, 'streaming') || !TRAINING.includes(scopeOf(i.recognized))) return undefined;
      // TRL's PPO trainer has an __init__ of its own.
      if ((numberOf(o, 'max_steps') ?? 1) > 0 || rlhfType(i) === 'ppo') return undefined;
      const epochs = isSet(o, 'max_epochs');
      return {
        at: 'streaming',
        with: ['max_steps', ...(epochs ? ['max_epochs'] : [])],
        message: epochs
          ? say`a stream has no known length, and max_epochs gives it none: set max_steps`
          : say`a stream has no known length: set max_steps`,
      };
    },
  },
  rejects('warmup-twice', 'trainers/arguments.py', ({ options: o }) => {
    const ratio = o.has('warmup_ratio') ? numberOf(o, 'warmup_ratio') : 0;
    const steps = o.has('warmup_steps') ? numberOf(o, 'warmup_steps') : 0;
    if (!ratio || !steps) return undefined;
    return exclusive('warmup_ratio', 'warmup_steps');
  }),
  rejects('warmup-ratio-one', 'trainers/arguments.py', ({ options: o }) => {
    const ratio = o.has('warmup_ratio') ? numberOf(o, 'warmup_ratio') : undefined;
    if (ratio !== 1) return undefined;
    return { at: 'warmup_ratio', message: say`warmup_ratio is a share below 1` };
  }),
  rejects('load-best-without-validation', SFT, ({ options: o, recognized }) => {
    if (!isOn(o, 'load_best_model_at_end') || !TRAINING.includes(scopeOf(recognized)))
      return undefined;
    const data = ['val_dataset', 'eval_dataset', 'cached_val_dataset'].some((key) => isSet(o, key));
    const share = o.has('split_dataset_ratio') ? numberOf(o, 'split_dataset_ratio') : 0;
    const save = textOf(o, 'save_strategy') ?? 'steps';
    if (data || share === undefined || share > 0 || save === 'best' || save === 'no')
      return undefined;
    // Where eval_strategy already differs from save_strategy, the trainer's own check speaks.
    const evaluate = o.has('eval_strategy') ? textOf(o, 'eval_strategy') : 'no';
    if (evaluate !== save) return undefined;
    return {
      at: 'load_best_model_at_end',
      message: say`there is no validation data, so ms-swift turns evaluation off, and load_best_model_at_end stops it`,
      fixes: [setOption('split_dataset_ratio', 0.01)],
    };
  }),
]);

const modelChecks = lazy((): readonly Constraint[] => [
  rejects('rope-scaling-kind', 'arguments/base_args/model_args.py', ({ options: o }) => {
    const text = isSet(o, 'rope_scaling') ? textOf(o, 'rope_scaling') : undefined;
    if (text === undefined || /^\s*\{|\.json$/.test(text)) return undefined;
    if (!['linear', 'dynamic', 'yarn'].includes(text))
      return {
        at: 'rope_scaling',
        message: say`\`${text}\` is no kind of RoPE scaling: linear, dynamic or yarn, or JSON`,
      };
    if (isSet(o, 'max_model_len')) return undefined;
    return {
      at: 'rope_scaling',
      message: say`RoPE scaling by name needs max_model_len, from which the factor follows`,
    };
  }),
  rejects(
    'quantization-without-bits',
    'arguments/base_args/quant_args.py',
    ({ options: o, recognized }) => {
      const method = isSet(o, 'quant_method') ? textOf(o, 'quant_method') : undefined;
      const exporting = scopeOf(recognized) === 'export';
      const asks = exporting
        ? method !== 'fp8'
        : ['bnb', 'hqq', 'eetq', 'quanto'].includes(method ?? '');
      if (method === undefined || !asks || isSet(o, 'quant_bits')) return undefined;
      return {
        at: 'quant_method',
        message: say`quant_method ${method} needs quant_bits`,
        fixes: [setOption('quant_bits', method === 'eetq' ? 8 : 4)],
      };
    },
  ),
  rejects(
    'export-bits-without-method',
    'arguments/export_args.py',
    ({ options: o, recognized }) => {
      if (scopeOf(recognized) !== 'export' || !isSet(o, 'quant_bits') || isSet(o, 'quant_method'))
        return undefined;
      return { at: 'quant_bits', message: say`quant_bits needs quant_method: awq, gptq or bnb` };
    },
  ),
  rejects('export-without-data', 'arguments/export_args.py', ({ options: o, recognized }) => {
    const method = textOf(o, 'quant_method');
    if (scopeOf(recognized) !== 'export' || (method !== 'gptq' && method !== 'awq'))
      return undefined;
    if (['dataset', 'load_args', 'load_data_args', 'config'].some((key) => o.has(key)))
      return undefined;
    return { at: 'quant_method', message: say`${method} calibrates on data: set --dataset` };
  }),
  rejects('bnb-bits', 'arguments/base_args/quant_args.py', ({ options: o }) => {
    const bits = textOf(o, 'quant_bits');
    if (textOf(o, 'quant_method') !== 'bnb' || bits === undefined || !isSet(o, 'quant_bits'))
      return undefined;
    if (bits === '4' || bits === '8') return undefined;
    return {
      at: 'quant_bits',
      with: ['quant_method'],
      message: say`bitsandbytes quantises to 4 or 8 bits, not to ${bits}`,
      fixes: [setOption('quant_bits', 4)],
    };
  }),
  rejects('unknown-tuner', 'pipelines/train/tuner.py', ({ options: o }) => {
    const name = isSet(o, 'tuner_type') ? textOf(o, 'tuner_type') : undefined;
    if (name === undefined || TUNERS.includes(name) || isSet(o, 'external_plugins'))
      return undefined;
    if (isSet(o, 'custom_register_path')) return undefined;
    const qlora = name === 'qlora';
    return {
      at: 'tuner_type',
      message: qlora
        ? say`there is no tuner \`qlora\`: QLoRA is tuner_type lora with quant_method bnb and quant_bits 4`
        : say`there is no tuner \`${name}\`: ${TUNERS.join(', ')}, or one that --external_plugins registers`,
      fixes: qlora
        ? [
            {
              title: say`Use LoRA on a 4-bit base`,
              safety: 'suggestion',
              changes: [
                { kind: 'option', key: 'tuner_type', to: 'lora' },
                { kind: 'option', key: 'quant_method', to: 'bnb' },
                { kind: 'option', key: 'quant_bits', to: 4 },
              ],
            },
          ]
        : [],
    };
  }),
]);

/** tuners_map and the built-in ones of swift 4.x. */
const TUNERS = [
  'lora',
  'full',
  'longlora',
  'adalora',
  'llamapro',
  'adapter',
  'vera',
  'boft',
  'fourierft',
  'reft',
  'bone',
  'ia3',
  'lora_llm',
  'dummy',
];

/** The checks of ms-swift's argument classes. */
export const swiftConstraints = lazy((): readonly Constraint[] => [
  ...runChecks(),
  ...modelChecks(),
  ...demandConstraints(),
  ...rlhfConstraints(),
  ...rewardConstraints(),
  ...generationConstraints(),
  ...megatronConstraints(),
  ...shapeConstraints(),
]);
