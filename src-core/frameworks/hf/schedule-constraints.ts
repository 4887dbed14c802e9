import type { FixIntent } from '../../run/fix-intent.ts';
import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { joined, say } from '../../text/message.ts';
import {
  type Constraint,
  isSet,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';
import { olderThan } from '../since.ts';

/** Names come as `best`, or as `SaveStrategy.BEST` in Python. */
function plain(text: string | undefined): string | undefined {
  return text?.replace(/^\w+\./, '').toLowerCase();
}

const SCHEDULES = { label: 'transformers optimization.py, get_scheduler' };

/** What the schedules take by lr_scheduler_kwargs. */
const ARGUMENTS: { readonly [schedule: string]: readonly string[] } = {
  linear: ['last_epoch'],
  cosine: ['num_cycles', 'last_epoch'],
  cosine_with_restarts: ['num_cycles', 'last_epoch'],
  polynomial: ['lr_end', 'power', 'last_epoch'],
  cosine_with_min_lr: ['num_cycles', 'last_epoch', 'min_lr', 'min_lr_rate'],
  cosine_warmup_with_min_lr: [
    ...['num_cycles', 'last_epoch', 'min_lr', 'min_lr_rate', 'warmup_lr_rate'],
  ],
  warmup_stable_decay: [
    ...['num_decay_steps', 'num_stable_steps', 'num_training_steps', 'warmup_type', 'decay_type'],
    ...['min_lr_ratio', 'num_cycles', 'last_epoch'],
  ],
};

/** Refused from 4.41 on (huggingface/transformers#30764); before, a share is less than a step, and no warm-up. */
function shareAsSteps(isRefused: boolean): Constraint {
  return {
    id: 'share-as-warmup-steps',
    severity: isRefused ? 'error' : 'warning',
    cite: { label: 'transformers 4.57 training_args.py, __post_init__: warmup_steps' },
    check({ options: o, context }) {
      const steps = o.has('warmup_steps') ? numberOf(o, 'warmup_steps') : undefined;
      if (steps === undefined || steps < 0 || Number.isInteger(steps)) return undefined;
      if (!olderThan(context, 'transformers', '5.0.0')) return undefined;
      if (olderThan(context, 'transformers', '4.41.0') === isRefused) return undefined;
      const others = o.has('warmup_ratio') || steps >= 1;
      return {
        at: 'warmup_steps',
        message: say`before transformers 5 warmup_steps is a whole number of steps, not a share (${steps}): that is warmup_ratio`,
        fixes: others ? [] : [asRatio(steps)],
      };
    },
  };
}

function asRatio(share: number): FixIntent {
  return {
    title: say`Write \`warmup_ratio\``,
    safety: 'suggestion',
    changes: [
      { kind: 'option', key: 'warmup_steps', to: null },
      { kind: 'option', key: 'warmup_ratio', to: share },
    ],
  };
}

/** What the Trainer demands or overrides when it plans steps, saving and the learning rate. */
export const scheduleConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'best-without-metric',
    rule: 'missing-key',
    cite: { label: 'transformers trainer.py, Trainer.__init__' },
    check({ options: o, recognized }) {
      if (recognized.adapter.id === 'swift') return undefined; // It fills in a metric itself.
      if (!o.has('save_strategy') || plain(textOf(o, 'save_strategy')) !== 'best') return undefined;
      const defaulted =
        !o.has('load_best_model_at_end') || o.bool('load_best_model_at_end').value === false;
      const plateau = o.has('lr_scheduler_type') && textOf(o, 'lr_scheduler_type') !== 'linear';
      if (isSet(o, 'metric_for_best_model') || !defaulted || plateau) return undefined;
      return {
        at: 'save_strategy',
        message: say`saving by \`best\` needs metric_for_best_model: the Trainer stops without knowing what is best`,
        fixes: [setOption('metric_for_best_model', 'loss'), setOption('save_strategy', 'epoch')],
      };
    },
  },
  shareAsSteps(true),
  shareAsSteps(false),
  needs('cosine_with_min_lr', ['min_lr', 'min_lr_rate']),
  needs('cosine_warmup_with_min_lr', ['min_lr', 'min_lr_rate']),
  needs('warmup_stable_decay', ['num_decay_steps']),
  {
    id: 'schedule-arguments',
    rule: 'unknown-key',
    cite: SCHEDULES,
    check({ options: o }) {
      const name = plain(textOf(o, 'lr_scheduler_type'));
      const own = name === undefined ? undefined : ARGUMENTS[name];
      const odd = own && argumentNames(o).find((key) => !own.includes(key));
      if (name === undefined || own === undefined || odd === undefined) return undefined;
      const better = name === 'cosine' && /^min_lr(?:_rate)?$/.test(odd);
      return {
        at: 'lr_scheduler_kwargs',
        with: ['lr_scheduler_type'],
        message: say`the schedule \`${name}\` takes no \`${odd}\` but ${joined(own, ' or ')}: the Trainer stops`,
        fixes: better ? [setOption('lr_scheduler_type', 'cosine_with_min_lr')] : [],
      };
    },
  },
  {
    id: 'lr-end-above-lr',
    cite: { label: 'transformers optimization.py, get_polynomial_decay_schedule_with_warmup' },
    check({ options: o }) {
      if (plain(textOf(o, 'lr_scheduler_type')) !== 'polynomial') return undefined;
      const rate = numberOf(o, 'learning_rate');
      const end = scheduleNumbers(o).get('lr_end') ?? 1e-7;
      if (rate === undefined || Number.isNaN(end) || end < rate) return undefined;
      return {
        at: o.has('lr_scheduler_kwargs') ? 'lr_scheduler_kwargs' : 'learning_rate',
        with: ['learning_rate', 'lr_scheduler_type'],
        message: say`\`polynomial\` falls from learning_rate ${rate} to lr_end ${end}, which must be lower: it stops with an error`,
      };
    },
  },
  {
    id: 'epochs-overridden',
    rule: 'overridden-key',
    severity: 'info',
    cite: { label: 'transformers trainer.py: max_steps overrides num_train_epochs' },
    check({ options: o }) {
      const steps = o.has('max_steps') ? numberOf(o, 'max_steps') : undefined;
      if (steps === undefined || steps <= 0 || !isSet(o, 'num_train_epochs')) return undefined;
      return {
        at: 'num_train_epochs',
        with: ['max_steps'],
        message: say`max_steps ${steps} decides how long training takes; num_train_epochs has no effect`,
        fixes: [removeOption('num_train_epochs'), setOption('max_steps', -1)],
      };
    },
  },
]);

/** A schedule that has no default for one of `keys` in lr_scheduler_kwargs. */
function needs(schedule: string, keys: readonly string[]): Constraint {
  return {
    id: `${schedule.replaceAll('_', '-')}-incomplete`,
    rule: 'missing-key',
    cite: { label: 'transformers optimization.py, get_scheduler' },
    check({ options: o, recognized }) {
      // LLaMA-Factory divides the steps for this schedule itself.
      if (schedule === 'warmup_stable_decay' && recognized.adapter.id === 'llamafactory')
        return undefined;
      if (!o.has('lr_scheduler_type') || plain(textOf(o, 'lr_scheduler_type')) !== schedule)
        return undefined;
      const given = scheduleNumbers(o);
      const unread = isSet(o, 'lr_scheduler_kwargs') && given.size === 0;
      if (unread || keys.some((key) => given.has(key))) return undefined;
      return {
        at: 'lr_scheduler_type',
        message: say`\`${schedule}\` needs ${joined(keys, ' or ')} in lr_scheduler_kwargs: the Trainer stops without`,
        fixes: [setOption('lr_scheduler_type', 'cosine')],
      };
    },
  };
}

/** The names in lr_scheduler_kwargs, where all of them are seen. */
function argumentNames(o: Options): readonly string[] {
  if (!isSet(o, 'lr_scheduler_kwargs')) return [];
  const node = o.node('lr_scheduler_kwargs');
  const text = node?.kind === 'scalar' ? node.text.trim() : '';
  if (node?.kind !== 'map' && !/^\{[^{}]*\}$/.test(text)) return [];
  return [...scheduleNumbers(o).keys()];
}

/** The numbers in lr_scheduler_kwargs, a mapping or JSON in a text; NaN for what is no number. */
function scheduleNumbers(o: Options): ReadonlyMap<string, number> {
  const node = o.node('lr_scheduler_kwargs');
  if (node?.kind === 'map')
    return new Map(
      node.entries.map(({ key, value }) => [
        key,
        value.kind === 'scalar' ? Number(value.text) : Number.NaN,
      ]),
    );
  const text = o.has('lr_scheduler_kwargs') ? (textOf(o, 'lr_scheduler_kwargs') ?? '') : '';
  const pairs = text.matchAll(/["']?(?<!\w)(\w+)["']?\s*[:=]\s*["']?([^\s,}"']+)/g);
  return new Map([...pairs].map((match) => [match[1] ?? '', Number(match[2])]));
}
