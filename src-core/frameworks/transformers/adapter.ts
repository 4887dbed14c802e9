import type { Options } from '../../run/options.ts';
import type { FieldName, RunFields } from '../../run/run-fields.ts';
import { known } from '../../run/sourced.ts';
import type { Attention } from '../../run/training-run.ts';
import type { Adapter, AdapterContext, Lowered, OptionChange, Recognized } from '../framework.ts';
import { dtypeOf, TRAINER_KEYS } from '../hf/trainer-fields.ts';
import { lowerTransformers } from './lower.ts';
import { recognizeTransformers } from './recognize.ts';

/** transformers' Trainer: `TrainingArguments(...)` in Python, and scripts that take its flags. */
export const transformers: Adapter = {
  id: 'transformers',
  title: 'transformers',
  version: '5.18.0',
  evidence: [
    /\b(?:Seq2Seq)?TrainingArguments\s*\(|\bHfArgumentParser\b|\.\s*from_pretrained\s*\((?<=Model\w*\s*\.\s*from_pretrained\s*\()|--(?:per[_-]device[_-]train[_-]batch[_-]size|output[_-]dir|gradient[_-]accumulation[_-]steps)\b/,
  ],
  recognize: recognizeTransformers,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerTransformers(options, recognized, context);
  },
  fields: {
    ...TRAINER_KEYS,
    attention: 'attn_implementation',
    'lora.rank': 'r',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
    'lora.targets': 'target_modules',
    'lora.rslora': 'use_rslora',
  },
  spell: spellTransformers,
};

/** Spelling of fields that are more than one keyword, or whose values have other names. */
export function spellTransformers<K extends FieldName>(
  field: K,
  to: RunFields[K],
  options: Options,
): readonly OptionChange[] | undefined {
  switch (field) {
    case 'precision':
      return spellPrecision(to as RunFields['precision'], options);
    case 'loadDtype':
      return loadIn(to as RunFields['loadDtype'], options);
    case 'trainableDtype': {
      const half = options.bool('fp16').value === true ? 'fp16' : 'bf16';
      return to === 'float32'
        ? [...loadIn('float32', options), { key: half, to: true }]
        : undefined;
    }
    case 'attention':
      return [{ key: 'attn_implementation', to: to as Attention }];
    default:
      return undefined;
  }
}

function spellPrecision(
  to: RunFields['precision'],
  o: Options,
): readonly OptionChange[] | undefined {
  if (to === 'fp8') return undefined;
  const drop = ['fp16', 'bf16'].filter((key) => key !== to && o.has(key));
  const gone = drop.map((key): OptionChange => ({ key, to: null }));
  if (to === 'fp32') return [...loadIn('float32', o), ...gone];
  // Weights loaded in the other half format follow.
  const other = to === 'bf16' ? 'float16' : 'bfloat16';
  const follows = known(dtypeOf(o.text(dtypeKey(o)))) === other;
  const load = follows ? loadIn(to === 'bf16' ? 'bfloat16' : 'float16', o) : [];
  return [{ key: to, to: true }, ...load, ...gone];
}

/** `dtype` is the newer name of `torch_dtype`; both are taken. */
function dtypeKey(o: Options): 'dtype' | 'torch_dtype' {
  return o.has('dtype') ? 'dtype' : 'torch_dtype';
}

function loadIn(to: RunFields['loadDtype'], o: Options): readonly OptionChange[] {
  return [{ key: dtypeKey(o), to }];
}
