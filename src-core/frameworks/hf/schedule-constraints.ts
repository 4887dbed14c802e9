import {
  type Constraint,
  isSet,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';

/** Names come as `best`, or as `SaveStrategy.BEST` in Python. */
function plain(text: string | undefined): string | undefined {
  return text?.replace(/^\w+\./, '').toLowerCase();
}

/** What the Trainer demands or overrides when it plans steps, saving and the learning rate. */
export const scheduleConstraints: readonly Constraint[] = [
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
        message:
          'saving by `best` needs metric_for_best_model: the Trainer stops without knowing what is best',
        fixes: [setOption('metric_for_best_model', 'loss'), setOption('save_strategy', 'epoch')],
      };
    },
  },
  {
    id: 'min-lr-missing',
    rule: 'missing-key',
    cite: { label: 'transformers optimization.py, get_cosine_with_min_lr_schedule_with_warmup' },
    check({ options: o }) {
      if (!o.has('lr_scheduler_type') || isSet(o, 'lr_scheduler_kwargs')) return undefined;
      if (plain(textOf(o, 'lr_scheduler_type')) !== 'cosine_with_min_lr') return undefined;
      return {
        at: 'lr_scheduler_type',
        message:
          '`cosine_with_min_lr` needs min_lr or min_lr_rate in lr_scheduler_kwargs: the Trainer stops without',
        fixes: [setOption('lr_scheduler_type', 'cosine')],
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
        message: `max_steps ${steps} decides how long training takes; num_train_epochs has no effect`,
        fixes: [removeOption('num_train_epochs'), setOption('max_steps', -1)],
      };
    },
  },
];
