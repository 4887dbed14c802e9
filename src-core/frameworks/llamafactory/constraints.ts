import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  mayBeOn,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';
import { dataConstraints } from './constraints-data.ts';
import { datasetConstraints } from './constraints-dataset.ts';
import { exportConstraints } from './constraints-export.ts';
import { launchConstraints } from './constraints-launch.ts';
import { loadingConstraints } from './constraints-loading.ts';
import { ppoConstraints } from './constraints-ppo.ts';
import { templateConstraints } from './constraints-template.ts';
import { bestMetric, earlyStopping, nothingTrained } from './constraints-training.ts';
import { bareStage, exclusive, items, rejects, zero3 } from './facts.ts';

const PARSER = 'hparams/parser.py';
const FINETUNING = 'hparams/finetuning_args.py';

const quantized = ({ options: o }: ConstraintInput): boolean => isSet(o, 'quantization_bit');
const type = ({ options: o }: ConstraintInput): string | undefined => textOf(o, 'finetuning_type');

const adapterChecks = lazy((): readonly Constraint[] => [
  rejects('adapter-without-lora', PARSER, (i) => {
    if (!isSet(i.options, 'adapter_name_or_path') || type(i) === 'lora' || type(i) === undefined)
      return undefined;
    return exclusive(
      'adapter_name_or_path',
      'finetuning_type',
      say`an adapter can be loaded for LoRA only`,
    );
  }),
  rejects('quantized-pissa', PARSER, (i) => {
    if (!quantized(i) || !isOn(i.options, 'pissa_init')) return undefined;
    return exclusive(
      'pissa_init',
      'quantization_bit',
      say`PiSSA cannot be initialised on quantised weights`,
    );
  }),
  rejects('quantized-resize', PARSER, (i) => {
    if (!quantized(i) || !isOn(i.options, 'resize_vocab')) return undefined;
    return exclusive(
      'resize_vocab',
      'quantization_bit',
      say`embeddings of a quantised model cannot be resized`,
    );
  }),
  rejects('quantized-new-adapter', PARSER, (i) => {
    if (!quantized(i) || !isSet(i.options, 'adapter_name_or_path')) return undefined;
    if (!isOn(i.options, 'create_new_adapter')) return undefined;
    return exclusive(
      'create_new_adapter',
      'quantization_bit',
      say`no new adapter can be made over one that a quantised model has`,
    );
  }),
  rejects('quantized-many-adapters', PARSER, (i) => {
    const many = items(textOf(i.options, 'adapter_name_or_path')).length > 1;
    if (!many || !quantized(i)) return undefined;
    return {
      at: 'adapter_name_or_path',
      with: ['quantization_bit'],
      message: say`a quantised model takes a single adapter: merge them first`,
    };
  }),
  rejects('llama-pro-full', FINETUNING, (i) => {
    if (!isOn(i.options, 'use_llama_pro') || type(i) !== 'full') return undefined;
    return exclusive(
      'use_llama_pro',
      'finetuning_type',
      say`LLaMA Pro blocks train with freeze or LoRA, not with full training`,
    );
  }),
  rejects('lora-with-projection', FINETUNING, (i) => {
    const on = ['use_galore', 'use_apollo', 'use_badam'].find((key) => isOn(i.options, key));
    if (on === undefined || type(i) !== 'lora') return undefined;
    return {
      at: on,
      with: ['finetuning_type'],
      message: say`\`${on}\` is for full training and excludes LoRA`,
      fixes: [setOption('finetuning_type', 'full'), removeOption(on)],
    };
  }),
  rejects('two-projections', FINETUNING, (i) => {
    const on = ['use_galore', 'use_apollo', 'use_badam'].filter((key) => isOn(i.options, key));
    const [first, second] = on;
    if (first === undefined || second === undefined) return undefined;
    return exclusive(second, first, say`GaLore, APOLLO and BAdam exclude each other`);
  }),
  ...['loraplus_lr_ratio', 'use_rslora', 'use_dora', 'pissa_init'].map((key) =>
    rejects(`${key}-without-lora`, FINETUNING, (i) => {
      const on = key === 'loraplus_lr_ratio' ? isSet(i.options, key) : isOn(i.options, key);
      if (!on || type(i) === 'lora' || type(i) === undefined) return undefined;
      return exclusive(key, 'finetuning_type', say`\`${key}\` is for LoRA training only`);
    }),
  ),
  rejects('pissa-stage', FINETUNING, (i) => {
    const { options: o } = i;
    if (!isOn(o, 'pissa_init')) return undefined;
    const stage = bareStage(o);
    const loss = textOf(o, 'pref_loss');
    const reference = stage === 'dpo' && loss !== undefined && !['orpo', 'simpo'].includes(loss);
    if (stage !== 'ppo' && stage !== 'kto' && !reference) return undefined;
    return exclusive(
      'pissa_init',
      'stage',
      say`PiSSA changes the base weights that this stage compares with`,
    );
  }),
  rejects('pissa-zero3', PARSER, (i) => {
    if (!isOn(i.options, 'pissa_init') || !zero3(i)) return undefined;
    return exclusive(
      'pissa_init',
      'deepspeed',
      say`PiSSA cannot be initialised under DeepSpeed ZeRO-3`,
    );
  }),
  rejects('unsloth-oft', 'model/adapter.py', (i) => {
    if (!isOn(i.options, 'use_unsloth') || type(i) !== 'oft') return undefined;
    return exclusive('use_unsloth', 'finetuning_type', say`Unsloth does not support OFT`);
  }),
  rejects('quantized-checkpoint-dora', 'model/adapter.py', (i) => {
    const ptq = isPacked(i) && !quantized(i);
    if (!ptq || !isOn(i.options, 'use_dora')) return undefined;
    return exclusive(
      'use_dora',
      'model_name_or_path',
      say`DoRA does not work on a checkpoint that is quantised already`,
    );
  }),
  rejects('quantized-checkpoint-pissa', 'model/adapter.py', (i) => {
    if (quantized(i) || !isOn(i.options, 'pissa_init')) return undefined;
    if (!isPacked(i)) return undefined;
    return exclusive(
      'pissa_init',
      'model_name_or_path',
      say`PiSSA cannot be initialised on a checkpoint that is quantised already`,
    );
  }),
  rejects('quantized-checkpoint-full', 'model/adapter.py', (i) => {
    const method = type(i);
    if (quantized(i) || (method !== 'full' && method !== 'freeze')) return undefined;
    if (!isPacked(i)) return undefined;
    return {
      at: 'finetuning_type',
      with: ['model_name_or_path'],
      message: say`a quantised checkpoint trains with LoRA or OFT only, not with ${method}`,
      fixes: [setOption('finetuning_type', 'lora')],
    };
  }),
]);

/** Whether the checkpoint is quantised already; mxfp4 and fp8 ones are unpacked on load. */
function isPacked({ draft }: ConstraintInput): boolean {
  const model = draft.model === undefined ? undefined : known(draft.model);
  const packed = model?.record?.quantized;
  return packed !== undefined && !/fp8|mxfp4/.test(packed);
}

const stageChecks = lazy((): readonly Constraint[] => [
  ...['predict_with_generate', 'neat_packing', 'train_on_prompt', 'mask_history'].map((key) =>
    rejects(`${key}-outside-sft`, PARSER, ({ options: o }) => {
      const stage = bareStage(o);
      if (!isOn(o, key) || stage === 'sft' || stage === undefined) return undefined;
      return exclusive(key, 'stage', say`\`${key}\` is for the sft stage only`);
    }),
  ),
  rejects('predict-without-generate', PARSER, ({ options: o }) => {
    if (bareStage(o) !== 'sft' || !isOn(o, 'do_predict') || mayBeOn(o, 'predict_with_generate'))
      return undefined;
    return {
      at: 'do_predict',
      message: say`do_predict needs predict_with_generate to save what the model says`,
      fixes: [setOption('predict_with_generate', true)],
    };
  }),
  rejects('load-best-without-metric', PARSER, ({ options: o }) => {
    const stage = bareStage(o);
    if (!isOn(o, 'load_best_model_at_end') || (stage !== 'rm' && stage !== 'ppo')) return undefined;
    return exclusive(
      'load_best_model_at_end',
      'stage',
      say`the ${stage} stage does not support load_best_model_at_end`,
    );
  }),
  rejects('ppo-without-training', PARSER, ({ options: o }) => {
    if (bareStage(o) !== 'ppo' || mayBeOn(o, 'do_train') || isSet(o, 'export_dir'))
      return undefined;
    return {
      at: 'stage',
      with: ['do_eval'],
      message: say`the ppo stage only trains: evaluate with the sft stage`,
      fixes: [setOption('do_train', true)],
    };
  }),
  rejects('ppo-shift-attention', PARSER, ({ options: o }) => {
    if (bareStage(o) !== 'ppo' || !isOn(o, 'shift_attn')) return undefined;
    return exclusive('shift_attn', 'stage', say`PPO does not work with S² attention`);
  }),
  rejects('ppo-lora-reward', PARSER, ({ options: o }) => {
    const other = ['use_unsloth', 'use_kt'].find((key) => isOn(o, key));
    if (bareStage(o) !== 'ppo' || other === undefined || rewardType(o) !== 'lora') return undefined;
    return exclusive(
      other,
      'reward_model_type',
      say`\`${other}\` does not support a LoRA reward model`,
    );
  }),
  rejects('ppo-without-reward', FINETUNING, ({ options: o }) => {
    if (bareStage(o) !== 'ppo' || isSet(o, 'reward_model')) return undefined;
    return { at: 'stage', message: say`the ppo stage needs a reward_model` };
  }),
  rejects('reward-type-mismatch', FINETUNING, ({ options: o }) => {
    const kind = rewardType(o);
    if (bareStage(o) !== 'ppo' || (kind !== 'lora' && kind !== 'oft')) return undefined;
    const method = textOf(o, 'finetuning_type');
    if (method === kind || method === undefined) return undefined;
    return {
      at: o.has('reward_model_type') ? 'reward_model_type' : 'finetuning_type',
      with: ['finetuning_type'],
      message: say`a ${kind} reward model needs ${kind} training, not ${method}`,
      fixes: [setOption('reward_model_type', 'full')],
    };
  }),
  rejects('label-smoothing-loss', FINETUNING, ({ options: o }) => {
    const smoothing = numberOf(o, 'dpo_label_smoothing') ?? 0;
    const loss = textOf(o, 'pref_loss');
    if (bareStage(o) !== 'dpo' || smoothing <= 1e-6 || loss === 'sigmoid' || loss === undefined)
      return undefined;
    return exclusive(
      'dpo_label_smoothing',
      'pref_loss',
      say`dpo_label_smoothing is for the sigmoid loss only`,
    );
  }),
]);

function rewardType(o: ConstraintInput['options']): string | undefined {
  return textOf(o, 'reward_model_type');
}

/** The checks of parser.py, finetuning_args.py and data_args.py. */
export const llamaFactoryConstraints = lazy((): readonly Constraint[] => [
  ...adapterChecks(),
  ...stageChecks(),
  ...dataConstraints(),
  ...datasetConstraints(),
  ...templateConstraints(),
  ...loadingConstraints(),
  ...launchConstraints(),
  ...ppoConstraints(),
  ...exportConstraints(),
  earlyStopping,
  bestMetric,
  nothingTrained,
]);
