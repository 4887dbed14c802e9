import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import { closest } from '../../text/distance.ts';
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
import { engineConstraints } from './engine-constraints.ts';
import { wrapConstraints } from './fsdp-wrap.ts';
import { runtimeConstraints } from './runtime-constraints.ts';
import { scheduleConstraints } from './schedule-constraints.ts';
import { shardedConstraints } from './sharded-constraints.ts';
import { strategy } from './strategy.ts';

const SOURCE = 'transformers training_args.py, __post_init__';

/** SchedulerType of transformers 4.57 and 5.18 together. */
const SCHEDULERS = [
  'linear',
  'cosine',
  'cosine_with_restarts',
  'polynomial',
  'constant',
  'constant_with_warmup',
  'inverse_sqrt',
  'reduce_lr_on_plateau',
  'cosine_with_min_lr',
  'cosine_warmup_with_min_lr',
  'warmup_stable_decay',
  'greedy',
];

/** The checks of TrainingArguments, which every trainer built on transformers inherits. */
export const trainerConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'load-best-strategies-differ',
    cite: { label: `${SOURCE}: load_best_model_at_end` },
    check({ options: o }) {
      if (!isOn(o, 'load_best_model_at_end')) return undefined;
      const save = strategy(o, 'save_strategy', 'steps');
      const evaluate = strategy(o, 'eval_strategy', 'no');
      if (save === undefined || evaluate === undefined || save === 'best' || save === evaluate)
        return undefined;
      if (!o.has('eval_strategy') && (o.has('evaluation_strategy') || mayBeOn(o, 'do_eval')))
        return undefined;
      return {
        at: 'load_best_model_at_end',
        with: ['save_strategy', 'eval_strategy'],
        message: say`load_best_model_at_end needs evaluation and saving in step: evaluation is by \`${evaluate}\`, saving by \`${save}\``,
        fixes:
          evaluate === 'no'
            ? [setOption('eval_strategy', save), removeOption('load_best_model_at_end')]
            : [setOption('save_strategy', evaluate)],
      };
    },
  },
  {
    id: 'load-best-steps-apart',
    cite: { label: `${SOURCE}: load_best_model_at_end` },
    check({ options: o }) {
      if (!isOn(o, 'load_best_model_at_end')) return undefined;
      if (strategy(o, 'save_strategy', 'steps') !== 'steps') return undefined;
      if (strategy(o, 'eval_strategy', 'no') !== 'steps') return undefined;
      const save = numberOf(o, 'save_steps');
      const evaluate = isSet(o, 'eval_steps')
        ? numberOf(o, 'eval_steps')
        : numberOf(o, 'logging_steps');
      if (save === undefined || evaluate === undefined || evaluate === 0) return undefined;
      const mixed = save < 1 !== evaluate < 1;
      if (!mixed && isMultiple(save, evaluate)) return undefined;
      return {
        at: o.has('save_steps') ? 'save_steps' : 'load_best_model_at_end',
        with: ['eval_steps', 'load_best_model_at_end'],
        message: mixed
          ? say`load_best_model_at_end needs save_steps to be a multiple of eval_steps: a share of the run and a number of steps cannot be compared`
          : say`load_best_model_at_end needs save_steps to be a multiple of eval_steps: ${save} is none of ${evaluate}`,
        fixes: mixed
          ? []
          : [setOption('save_steps', Math.max(1, Math.round(save / evaluate)) * evaluate)],
      };
    },
  },
  ...['logging', 'eval', 'save'].map(wholeSteps),
  ...scheduleConstraints(),
  ...runtimeConstraints(),
  ...engineConstraints(),
  ...wrapConstraints(),
  ...shardedConstraints(),
  {
    id: 'no-evaluation-steps',
    cite: { label: SOURCE },
    check({ options: o }) {
      if (strategy(o, 'eval_strategy', 'no') !== 'steps') return undefined;
      const evaluate = isSet(o, 'eval_steps') ? numberOf(o, 'eval_steps') : undefined;
      if (isSet(o, 'eval_steps') && evaluate !== 0) return undefined;
      if (numberOf(o, 'logging_steps') !== 0) return undefined;
      return {
        at: 'eval_strategy',
        with: ['eval_steps', 'logging_steps'],
        message: say`evaluation by steps needs eval_steps or logging_steps above 0`,
        fixes: [setOption('eval_steps', 500)],
      };
    },
  },
  {
    id: 'no-logging-steps',
    cite: { label: SOURCE },
    check({ options: o }) {
      if (strategy(o, 'logging_strategy', 'steps') !== 'steps') return undefined;
      if (!o.has('logging_steps') || numberOf(o, 'logging_steps') !== 0) return undefined;
      return {
        at: 'logging_steps',
        message: say`logging by steps needs logging_steps above 0`,
        fixes: [setOption('logging_strategy', 'no'), setOption('logging_steps', 10)],
      };
    },
  },
  {
    id: 'negative-warmup',
    cite: { label: `${SOURCE}: warmup` },
    check({ options: o }) {
      const steps = o.has('warmup_steps') ? numberOf(o, 'warmup_steps') : undefined;
      if (steps === undefined || steps >= 0) return undefined;
      return {
        at: 'warmup_steps',
        message: say`warmup_steps cannot be negative (${steps})`,
        fixes: [setOption('warmup_steps', 0)],
      };
    },
  },
  {
    id: 'warmup-ratio-out-of-range',
    cite: { label: `${SOURCE}: warmup_ratio` },
    check({ options: o }) {
      const ratio = o.has('warmup_ratio') ? numberOf(o, 'warmup_ratio') : undefined;
      if (ratio === undefined || (ratio >= 0 && ratio <= 1)) return undefined;
      return {
        at: 'warmup_ratio',
        message: say`warmup_ratio is a share from 0 to 1, not ${ratio}`,
      };
    },
  },
  {
    id: 'prefetch-without-workers',
    cite: { label: `${SOURCE}: dataloader_prefetch_factor` },
    check({ options: o }) {
      if (!isSet(o, 'dataloader_prefetch_factor') || numberOf(o, 'dataloader_num_workers') !== 0)
        return undefined;
      return {
        at: 'dataloader_prefetch_factor',
        with: ['dataloader_num_workers'],
        message: say`dataloader_prefetch_factor needs worker processes: dataloader_num_workers is 0`,
        fixes: [removeOption('dataloader_prefetch_factor'), setOption('dataloader_num_workers', 2)],
      };
    },
  },
  {
    id: 'fsdp-offload-alone',
    cite: { label: `${SOURCE}: fsdp` },
    check({ options: o }) {
      const words = known(o.texts('fsdp'))?.flatMap((text) => text.split(/[\s,]+/)) ?? [];
      if (words.length !== 1 || words[0] !== 'offload') return undefined;
      return {
        at: 'fsdp',
        message: say`\`offload\` adds to \`full_shard\` or \`shard_grad_op\`, it cannot stand alone`,
        fixes: [setOption('fsdp', 'full_shard offload')],
      };
    },
  },
  {
    id: 'two-activation-checkpointings',
    cite: { label: 'transformers trainer.py, create_accelerator_and_postprocess' },
    check({ options: o }) {
      if (!isOn(o, 'gradient_checkpointing') || !o.has('gradient_checkpointing')) return undefined;
      if (!isSet(o, 'fsdp') || !fsdpSays(o, 'activation_checkpointing')) return undefined;
      return {
        at: 'gradient_checkpointing',
        with: ['fsdp_config'],
        message: say`FSDP's activation_checkpointing and gradient_checkpointing are both on: the trainer takes one`,
        fixes: [setOption('gradient_checkpointing', false)],
      };
    },
  },
  {
    id: 'layerwise-optimizer',
    cite: { label: 'transformers trainer.py, get_optimizer_cls_and_kwargs' },
    check({ options: o, draft }) {
      const name = o.has('optim') ? textOf(o, 'optim') : undefined;
      if (name === undefined || !/^(?:galore|apollo)_.*layerwise$/.test(name)) return undefined;
      const steps = known(draft.gradientAccumulation ?? o.int('gradient_accumulation_steps'));
      if (steps !== undefined && steps > 1)
        return {
          at: 'gradient_accumulation_steps',
          with: ['optim'],
          message: say`\`${name}\` updates layer by layer in the backward pass and cannot accumulate gradients (${steps} steps)`,
          fixes: [setOption('gradient_accumulation_steps', 1)],
        };
      const world = draft['parallel.worldSize'];
      if (world === undefined || (known(world) ?? 1) <= 1) return undefined;
      return {
        at: 'optim',
        message: say`\`${name}\` updates layer by layer and does not run on several processes`,
        fixes: [setOption('optim', name.replace(/_layerwise$/, ''))],
      };
    },
  },
  {
    id: 'optimizer-without-targets',
    cite: { label: 'transformers trainer.py, get_optimizer_cls_and_kwargs' },
    check({ options: o }) {
      const name = o.has('optim') ? textOf(o, 'optim') : undefined;
      if (name === undefined || !/^(?:galore|apollo)_/.test(name)) return undefined;
      if (isSet(o, 'optim_target_modules')) return undefined;
      return {
        at: 'optim',
        message: say`\`${name}\` needs optim_target_modules: which layers it works on`,
        fixes: [setOption('optim_target_modules', 'all-linear')],
      };
    },
  },
  {
    id: 'unknown-scheduler',
    rule: 'bad-choice',
    cite: { label: 'transformers trainer_utils.py, SchedulerType' },
    check({ options: o }) {
      const name = o.has('lr_scheduler_type') ? textOf(o, 'lr_scheduler_type') : undefined;
      const plain = name?.replace(/^SchedulerType\./, '').toLowerCase();
      if (plain === undefined || SCHEDULERS.includes(plain)) return undefined;
      return {
        at: 'lr_scheduler_type',
        message: say`\`${name}\` is no schedule: one of ${SCHEDULERS.slice(0, 6).join(', ')} and ${SCHEDULERS.length - 6} more`,
        fixes: closest(plain, SCHEDULERS, 2).map((near) => setOption('lr_scheduler_type', near)),
      };
    },
  },
]);

/** Steps above 1 are counts: 10.5 is refused. */
function wholeSteps(what: string): Constraint {
  const key = `${what}_steps`;
  const usual = what === 'eval' ? 'no' : 'steps';
  return {
    id: `fractional-${what}-steps`,
    cite: { label: SOURCE },
    check({ options: o }) {
      if (strategy(o, `${what}_strategy`, usual) !== 'steps') return undefined;
      const steps = o.has(key) ? numberOf(o, key) : undefined;
      if (steps === undefined || steps <= 1 || Number.isInteger(steps)) return undefined;
      return {
        at: key,
        message: say`${key} above 1 is a number of steps and must be whole, not ${steps}`,
        fixes: [setOption(key, Math.round(steps))],
      };
    },
  };
}

/** Compared in millionths, as transformers does for shares of the run. */
function isMultiple(save: number, evaluate: number): boolean {
  const scale = save < 1 ? 1_000_000 : 1;
  return Math.round(save * scale) % Math.round(evaluate * scale) === 0;
}

/** Whether fsdp_config, a mapping or JSON in a text, turns `key` on. */
function fsdpSays(o: Options, key: string): boolean {
  const node = o.node('fsdp_config');
  if (node?.kind === 'map') {
    const value = node.entries.findLast((entry) => entry.key === key)?.value;
    return value?.kind === 'scalar' && /^true$/i.test(value.text);
  }
  const text = textOf(o, 'fsdp_config') ?? '';
  return new RegExp(`"${key}"\\s*:\\s*true`).test(text);
}
