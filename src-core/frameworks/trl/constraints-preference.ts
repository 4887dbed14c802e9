import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  isOn,
  isSet,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';
import {
  adapts,
  countOf,
  DPO,
  exclusive,
  GRPO,
  inPython,
  KTO,
  RLOO,
  rejects,
  textsOf,
} from './facts.ts';

const DPO_TRAINER = 'trainer/dpo_trainer.py';
const KTO_TRAINER = 'trainer/kto_trainer.py';

/** Losses of DPO that another divergence than the reverse KL is defined for. */
const ANY_DIVERGENCE = [
  ...['sigmoid', 'sigmoid_norm', 'hinge', 'ipo', 'exo_pair', 'robust', 'discopop', 'sft'],
];

function losses(o: Parameters<typeof isOn>[0]): readonly string[] | undefined {
  return textsOf(o, 'loss_type', ['sigmoid']);
}

/** The divergence as written: `js_divergence` or `FDivergenceType.JS_DIVERGENCE`. */
function divergence(o: Parameters<typeof isOn>[0]): string | undefined {
  if (!o.has('f_divergence_type')) return 'reverse_kl';
  return textOf(o, 'f_divergence_type')
    ?.replace(/^\w+\./, '')
    .toLowerCase();
}

const dpo = lazy((): readonly Constraint[] => [
  rejects(
    'loss-weights',
    { by: DPO, where: 'trainer/dpo_config.py', since: '0.29' },
    ({ options: o }) => {
      const weights = countOf(o, 'loss_weights');
      const count = o.has('loss_type') ? countOf(o, 'loss_type') : 1;
      if (weights === undefined || count === undefined || weights === count) return undefined;
      return {
        at: 'loss_weights',
        with: ['loss_type'],
        message: say`loss_weights needs one weight for each loss: ${weights} for ${count}`,
      };
    },
  ),
  rejects('divergence-loss', { by: DPO, where: DPO_TRAINER, since: '1.10' }, ({ options: o }) => {
    const kind = divergence(o);
    const other = losses(o)?.find((name) => !ANY_DIVERGENCE.includes(name));
    if (kind === undefined || kind === 'reverse_kl' || other === undefined) return undefined;
    return exclusive(
      'f_divergence_type',
      'loss_type',
      say`\`${kind}\` is not defined for the loss \`${other}\`: only reverse_kl is`,
    );
  }),
  rejects('weighted-aot', { by: DPO, where: DPO_TRAINER, since: '0.29' }, ({ options: o }) => {
    const aot = losses(o)?.find((name) => name === 'aot' || name === 'aot_unpaired');
    if (!isOn(o, 'use_weighting') || aot === undefined) return undefined;
    return exclusive(
      'use_weighting',
      'loss_type',
      say`the loss \`${aot}\` sorts samples, so that WPO's weights would go to the wrong pairs`,
    );
  }),
  rejects('exo-smoothing', { by: DPO, where: DPO_TRAINER, since: '0.29' }, ({ options: o }) => {
    if (losses(o)?.includes('exo_pair') !== true || numberOf(o, 'label_smoothing') !== 0)
      return undefined;
    return {
      at: o.has('label_smoothing') ? 'label_smoothing' : 'loss_type',
      with: ['loss_type'],
      message: say`the loss \`exo_pair\` needs label_smoothing above 0; its paper takes 1e-3`,
      fixes: [setOption('label_smoothing', 0.001)],
    };
  }),
  rejects('liger-losses', { by: DPO, where: DPO_TRAINER, since: '0.29' }, ({ options: o }) => {
    if (!isOn(o, 'use_liger_kernel') || (countOf(o, 'loss_type') ?? 1) < 2) return undefined;
    return exclusive(
      'use_liger_kernel',
      'loss_type',
      say`the Liger kernel of DPO computes a single loss`,
    );
  }),
  rejects('liger-divergence', { by: DPO, where: DPO_TRAINER, since: '1.10' }, ({ options: o }) => {
    const kind = divergence(o);
    if (!isOn(o, 'use_liger_kernel') || kind === undefined || kind === 'reverse_kl')
      return undefined;
    return exclusive(
      'f_divergence_type',
      'use_liger_kernel',
      say`the Liger kernel of DPO knows the reverse KL only`,
    );
  }),
]);

/** Families whose configs count what their router does (`output_router_logits`). */
const ROUTED = /^(?:gpt_oss|mixtral|olmoe|phimoe|qwen[23]_moe)$/;

const others = lazy((): readonly Constraint[] => [
  rejects(
    'dpo-padding-free',
    { by: DPO, where: DPO_TRAINER, since: '0.29', rule: 'ignored-key', severity: 'warning' },
    ({ options: o }) => {
      if (!isOn(o, 'padding_free')) return undefined;
      return {
        at: 'padding_free',
        onKey: true,
        message: say`DPO has no training without padding for now: TRL turns padding_free off, and says so in a warning`,
        fixes: [removeOption('padding_free')],
      };
    },
  ),
  rejects(
    'liger-leaves',
    // The Liger loss is given beta and the loss alone (huggingface/trl#7063).
    { by: DPO, where: DPO_TRAINER, since: '0.29', rule: 'ignored-key', severity: 'warning' },
    ({ options: o }) => {
      const asked = ['label_smoothing', 'ld_alpha'].find(
        (name) => o.has(name) && numberOf(o, name),
      );
      const key = isOn(o, 'use_weighting') ? 'use_weighting' : asked;
      if (!isOn(o, 'use_liger_kernel') || key === undefined) return undefined;
      return {
        at: key,
        with: ['use_liger_kernel'],
        onKey: true,
        message: say`the Liger loss of DPO is given beta and loss_type alone: \`${key}\` has no effect beside use_liger_kernel`,
        fixes: [removeOption(key), setOption('use_liger_kernel', false)],
      };
    },
  ),
  rejects(
    'liger-router',
    { by: [...DPO, ...KTO], where: DPO_TRAINER, since: '1.8' },
    ({ options: o, draft }) => {
      const type = (draft.model && known(draft.model)?.record?.arch?.modelType) ?? '';
      const coefficient = numberOf(o, 'router_aux_loss_coef');
      if (!isOn(o, 'use_liger_kernel') || !ROUTED.test(type) || !coefficient) return undefined;
      return {
        at: 'use_liger_kernel',
        with: ['router_aux_loss_coef'],
        message: say`the Liger loss cannot balance the experts of a ${type} model: the trainer stops unless router_aux_loss_coef, ${coefficient} here, is 0`,
        fixes: [setOption('router_aux_loss_coef', 0), setOption('use_liger_kernel', false)],
      };
    },
  ),
]);

const kto = lazy((): readonly Constraint[] => [
  rejects('kto-order', { by: KTO, where: KTO_TRAINER, since: '1.10' }, ({ options: o }) => {
    const loss = textOf(o, 'loss_type');
    const strategy = o.has('train_sampling_strategy')
      ? textOf(o, 'train_sampling_strategy')
      : undefined;
    if (loss === undefined || loss === 'apo_zero_unpaired') return undefined;
    if (strategy === undefined || strategy === 'sequential') return undefined;
    return {
      at: 'train_sampling_strategy',
      message: say`KTO estimates the KL term from neighbours that are paired ahead: samples must come in order`,
      fixes: [setOption('train_sampling_strategy', 'sequential')],
    };
  }),
  rejects('kto-single', { by: KTO, where: KTO_TRAINER }, ({ options: o }) => {
    const loss = textOf(o, 'loss_type');
    const batch = numberOf(o, 'per_device_train_batch_size');
    if (loss === undefined || loss === 'apo_zero_unpaired') return undefined;
    if (batch === undefined || batch > 1) return undefined;
    return {
      at: 'per_device_train_batch_size',
      message: say`KTO estimates the KL term from the other samples of the batch: one sample has none, accumulated steps do not count`,
      fixes: [setOption('per_device_train_batch_size', 2)],
    };
  }),
  rejects('kto-liger-loss', { by: KTO, where: KTO_TRAINER, since: '0.17' }, ({ options: o }) => {
    if (!isOn(o, 'use_liger_kernel') || textOf(o, 'loss_type') !== 'apo_zero_unpaired')
      return undefined;
    return exclusive(
      'loss_type',
      'use_liger_kernel',
      say`the Liger kernel knows the KTO loss only`,
    );
  }),
  rejects('kto-liger-weights', { by: KTO, where: KTO_TRAINER, since: '1.10' }, ({ options: o }) => {
    const key = ['desirable_weight', 'undesirable_weight'].find((name) => {
      const weight = o.has(name) ? numberOf(o, name) : undefined;
      return weight !== undefined && weight !== 1;
    });
    if (!isOn(o, 'use_liger_kernel') || key === undefined) return undefined;
    return exclusive(key, 'use_liger_kernel', say`the Liger kernel of KTO leaves ${key} at 1`);
  }),
]);

const reference = lazy((): readonly Constraint[] => [
  rejects(
    'liger-precompute',
    { by: [...DPO, ...KTO], where: DPO_TRAINER, since: '0.29' },
    ({ options: o }) => {
      if (!isOn(o, 'use_liger_kernel') || !isOn(o, 'precompute_ref_log_probs')) return undefined;
      return exclusive(
        'precompute_ref_log_probs',
        'use_liger_kernel',
        say`the Liger loss asks the reference model itself: nothing can be computed ahead`,
      );
    },
  ),
  rejects(
    'liger-head',
    { by: [...DPO, ...KTO, ...GRPO], where: DPO_TRAINER, since: '1.7' },
    (input) => {
      const { options: o } = input;
      const targets = inPython(input) ? 'LoraConfig.target_modules' : 'lora_target_modules';
      if (!isOn(o, 'use_liger_kernel') || !adapts(input)) return undefined;
      if (textsOf(o, targets, [])?.includes('lm_head') !== true) return undefined;
      return exclusive(
        'use_liger_kernel',
        targets,
        say`the Liger loss reads the weights of lm_head: an adapter on it would never train`,
      );
    },
  ),
  rejects(
    'sync-precompute',
    { by: [...DPO, ...KTO], where: DPO_TRAINER, since: '0.29' },
    ({ options: o }) => {
      if (!isOn(o, 'sync_ref_model') || !isOn(o, 'precompute_ref_log_probs')) return undefined;
      return exclusive(
        'precompute_ref_log_probs',
        'sync_ref_model',
        say`a reference that is updated during training cannot be computed ahead`,
      );
    },
  ),
  rejects(
    'sync-adapter',
    { by: [...DPO, ...KTO, ...GRPO, ...RLOO], where: DPO_TRAINER, since: '0.28' },
    (input) => {
      if (!isOn(input.options, 'sync_ref_model') || !adapts(input)) return undefined;
      return {
        at: 'sync_ref_model',
        with: ['use_peft'],
        message: say`with an adapter the reference is the base model with the adapter off: there is no copy to update`,
        fixes: [setOption('sync_ref_model', false)],
      };
    },
  ),
  rejects(
    'sync-without-reference',
    { by: [...GRPO, ...RLOO], where: 'trainer/grpo_trainer.py', since: '0.28' },
    ({ options: o }) => {
      if (!isOn(o, 'sync_ref_model') || numberOf(o, 'beta') !== 0) return undefined;
      if (isSet(o, 'beta') && numberOf(o, 'beta') === undefined) return undefined;
      return {
        at: 'sync_ref_model',
        with: ['beta'],
        message: say`with beta 0 there is no reference model to update`,
        fixes: [setOption('beta', 0.04), setOption('sync_ref_model', false)],
      };
    },
  ),
]);

/** The checks of DPO and KTO, and of the reference model. */
export const preferenceConstraints = lazy((): readonly Constraint[] => [
  ...dpo(),
  ...kto(),
  ...others(),
  ...reference(),
]);
