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
import { quantizationWithoutBits } from './constraints-bits.ts';
import { packedSharded } from './constraints-checkpoint.ts';
import { exclusive, items, namesOf, rejects, zero3 } from './facts.ts';

const PARSER = 'hparams/parser.py';
const QUANTIZATION = 'model/model_utils/quantization.py';

const ONLY_BITS: Readonly<Record<string, readonly number[]>> = {
  bnb: [4, 8],
  hqq: [1, 2, 3, 4, 5, 6, 8],
  eetq: [8],
};

const quantizationChecks = lazy((): readonly Constraint[] => [
  rejects('quantization-bits', QUANTIZATION, ({ options: o }) => {
    const bits = isSet(o, 'quantization_bit') ? numberOf(o, 'quantization_bit') : undefined;
    const method = textOf(o, 'quantization_method') ?? '';
    const legal = ONLY_BITS[method === 'bitsandbytes' ? 'bnb' : method];
    if (bits === undefined || legal === undefined || legal.includes(bits)) return undefined;
    return {
      at: 'quantization_bit',
      with: ['quantization_method'],
      message: say`${method} quantises to ${legal.join(', ')} bits, not to ${bits}`,
      fixes: [setOption('quantization_bit', legal.includes(4) ? 4 : 8)],
    };
  }),
  rejects('quantization-sharded', QUANTIZATION, (i) => {
    const { options: o } = i;
    const method = textOf(o, 'quantization_method');
    if (!isSet(o, 'quantization_bit') || (method !== 'hqq' && method !== 'eetq')) return undefined;
    if (!zero3(i) && !isSet(o, 'fsdp')) return undefined;
    return {
      at: 'quantization_method',
      with: ['deepspeed', 'fsdp'],
      message: say`${method} weights cannot be sharded by DeepSpeed ZeRO-3 or FSDP`,
      fixes: [setOption('quantization_method', 'bnb')],
    };
  }),
  rejects('eight-bit-sharded', QUANTIZATION, (i) => {
    const { options: o } = i;
    if (numberOf(o, 'quantization_bit') !== 8 || textOf(o, 'quantization_method') !== 'bnb')
      return undefined;
    if (!zero3(i) && !isSet(o, 'fsdp')) return undefined;
    return {
      at: 'quantization_bit',
      with: ['deepspeed', 'fsdp'],
      message: say`only 4-bit weights can be sharded by DeepSpeed ZeRO-3 or FSDP`,
      fixes: [setOption('quantization_bit', 4)],
    };
  }),
  rejects('quantization-device-map', PARSER, ({ options: o }) => {
    if (!isOn(o, 'do_train') || textOf(o, 'quantization_device_map') !== 'auto') return undefined;
    return {
      at: 'quantization_device_map',
      message: say`a device map is for inference: training sets its own`,
      fixes: [removeOption('quantization_device_map')],
    };
  }),
  rejects('fp8-quantized', PARSER, ({ options: o }) => {
    if (!isOn(o, 'fp8') || !isSet(o, 'quantization_bit')) return undefined;
    return exclusive('fp8', 'quantization_bit');
  }),
  rejects('export-without-dataset', 'hparams/model_args.py', ({ options: o }) => {
    if (!isSet(o, 'export_quantization_bit') || isSet(o, 'export_quantization_dataset'))
      return undefined;
    return {
      at: 'export_quantization_bit',
      message: say`quantising on export needs export_quantization_dataset`,
    };
  }),
]);

const shardingChecks = lazy((): readonly Constraint[] => [
  rejects('pure-bf16-zero3', PARSER, (i) => {
    if (!isOn(i.options, 'pure_bf16') || !zero3(i)) return undefined;
    return {
      at: 'pure_bf16',
      with: ['deepspeed'],
      message: say`pure_bf16 does not work with DeepSpeed ZeRO-3`,
      fixes: [
        {
          title: say`Use \`bf16\` instead`,
          safety: 'suggestion',
          changes: [
            { kind: 'option', key: 'pure_bf16', to: null },
            { kind: 'option', key: 'bf16', to: true },
          ],
        },
      ],
    };
  }),
  ...['use_unsloth', 'use_kt', 'predict_with_generate'].map((key) =>
    rejects(`${key}-zero3`, PARSER, (i) => {
      if (!isOn(i.options, key) || !zero3(i)) return undefined;
      return {
        at: key,
        with: ['deepspeed'],
        message: say`\`${key}\` does not work with DeepSpeed ZeRO-3`,
        fixes: [removeOption(key)],
      };
    }),
  ),
  rejects('generate-and-accuracy', PARSER, ({ options: o }) => {
    if (!isOn(o, 'predict_with_generate') || !isOn(o, 'compute_accuracy')) return undefined;
    return {
      ...exclusive('compute_accuracy', 'predict_with_generate'),
      fixes: [removeOption('compute_accuracy')],
    };
  }),
]);

const otherChecks = lazy((): readonly Constraint[] => [
  ...['image', 'video'].map((kind) =>
    rejects(`${kind}-pixels`, 'hparams/model_args.py', ({ options: o }) => {
      const least = numberOf(o, `${kind}_min_pixels`);
      const most = numberOf(o, `${kind}_max_pixels`);
      if (least === undefined || most === undefined || most >= least) return undefined;
      return {
        at: o.has(`${kind}_max_pixels`) ? `${kind}_max_pixels` : `${kind}_min_pixels`,
        with: [`${kind}_min_pixels`],
        message: say`${kind}_max_pixels (${most}) is smaller than ${kind}_min_pixels (${least})`,
      };
    }),
  ),
  rejects('kt-options', 'hparams/model_args.py', ({ options: o }) => {
    const key = o.written.find(
      (name) => /^kt_/.test(name) && name !== 'kt_config' && isSet(o, name),
    );
    if (
      key === undefined ||
      mayBeOn(o, 'use_kt') ||
      (o.has('use_kt') === false && isSet(o, 'kt_config'))
    )
      return undefined;
    return {
      at: key,
      message: say`\`${key}\` needs use_kt: true`,
      fixes: [setOption('use_kt', true), removeOption(key)],
    };
  }),
  rejects('inference-backend', PARSER, ({ options: o }) => {
    const backend = o.has('infer_backend') ? textOf(o, 'infer_backend') : undefined;
    if (!isOn(o, 'do_train') || (backend !== 'vllm' && backend !== 'sglang')) return undefined;
    return {
      at: 'infer_backend',
      message: say`${backend} is for inference: training runs on huggingface`,
      fixes: [removeOption('infer_backend')],
    };
  }),
  rejects('vllm-inference', PARSER, ({ options: o }) => {
    if (textOf(o, 'infer_backend') !== 'vllm' || !o.has('infer_backend') || mayBeOn(o, 'do_train'))
      return undefined;
    if (items(textOf(o, 'adapter_name_or_path')).length > 1)
      return {
        at: 'adapter_name_or_path',
        with: ['infer_backend'],
        message: say`vLLM takes a single adapter: merge them first`,
      };
    const key = ['quantization_bit', 'rope_scaling'].find((name) => isSet(o, name));
    if (key === undefined) return undefined;
    return {
      at: key,
      with: ['infer_backend'],
      message: say`vLLM does not support \`${key}\` here`,
      fixes: [removeOption(key)],
    };
  }),
  rejects('freeze-modules', 'model/adapter.py', ({ options: o, draft }) => {
    if (textOf(o, 'finetuning_type') !== 'freeze' || !isSet(o, 'freeze_trainable_modules'))
      return undefined;
    const model = draft.model?.value;
    const arch = typeof model === 'object' ? model.record?.arch?.modelType : undefined;
    if (arch === undefined || !/^(?:llama|qwen2|qwen3|mistral)$/.test(arch)) return undefined;
    const legal = ['all', 'self_attn', 'mlp', 'input_layernorm', 'post_attention_layernorm'];
    const wrong = known(namesOf(o, 'freeze_trainable_modules'))?.find(
      (name) => !legal.includes(name),
    );
    return wrong === undefined
      ? undefined
      : {
          at: 'freeze_trainable_modules',
          message: say`a layer of this model has no \`${wrong}\`: ${legal.slice(1).join(', ')}`,
        };
  }),
]);

/** What quantisation, sharding, media and inference backends refuse. */
export const modelConstraints = lazy((): readonly Constraint[] => [
  ...quantizationChecks(),
  quantizationWithoutBits,
  packedSharded,
  ...shardingChecks(),
  ...otherChecks(),
]);
