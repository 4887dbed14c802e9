import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  numberOf,
  removeOption,
  setOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import { olderThan } from '../since.ts';
import { distributed, exclusive, rejects, zero3 } from './facts.ts';

const PARSER = 'hparams/parser.py';

/** What `optim` may be under each, which says what kind of it is made (train/trainer_utils.py). */
const BASES: Readonly<Record<string, readonly string[]>> = {
  galore: ['adamw_torch', 'adamw_bnb_8bit', 'adamw_8bit', 'paged_adamw_8bit', 'adafactor'],
  apollo: ['adamw_torch'],
};

/** `optim` must be one of a few: an error where it is written, else a warning, as torch decides the default. */
function otherBase(
  name: string,
  { options: o, context }: ConstraintInput,
  severity: 'error' | 'warning',
): Violation | undefined {
  const bases = BASES[name] ?? [];
  if (!isOn(o, `use_${name}`) || !isOn(o, 'do_train')) return undefined;
  if (o.has('optim') !== (severity === 'error')) return undefined;
  const optim = o.has('optim') ? textOf(o, 'optim') : 'adamw_torch_fused';
  if (optim === undefined || bases.includes(optim)) return undefined;
  const before = olderThan(context, 'torch', '2.8') || olderThan(context, 'transformers', '4.57');
  if (severity === 'warning' && before) return undefined;
  return {
    at: severity === 'error' ? 'optim' : `use_${name}`,
    with: [`use_${name}`],
    message: say`${name} stops at optim ${optim}${severity === 'error' ? '' : say` (the default with torch 2.8)`}: it takes ${bases.join(', ')}`,
    fixes: [setOption('optim', 'adamw_torch')],
  };
}

/** Layer-wise optimisers and what they do not work with. */
export const optimizerConstraints = lazy((): readonly Constraint[] => [
  ...['galore', 'apollo'].flatMap((name) => [
    ...(['error', 'warning'] as const).map((severity) => ({
      ...rejects(`${name}-optim`, 'train/trainer_utils.py', (i) => otherBase(name, i, severity)),
      severity,
    })),
    rejects(`${name}-layerwise-distributed`, PARSER, (i) => {
      const on = isOn(i.options, `use_${name}`) && isOn(i.options, `${name}_layerwise`);
      if (!on || !distributed(i)) return undefined;
      return {
        at: `${name}_layerwise`,
        message: say`layer-wise ${name} does not run on several processes`,
        fixes: [removeOption(`${name}_layerwise`)],
      };
    }),
    rejects(`${name}-layerwise-accumulation`, 'train/trainer_utils.py', (i) => {
      const on = isOn(i.options, `use_${name}`) && isOn(i.options, `${name}_layerwise`);
      const steps = numberOf(i.options, 'gradient_accumulation_steps') ?? 1;
      if (!on || steps === 1) return undefined;
      return {
        at: 'gradient_accumulation_steps',
        with: [`${name}_layerwise`],
        message: say`layer-wise ${name} cannot accumulate gradients`,
        fixes: [setOption('gradient_accumulation_steps', 1)],
      };
    }),
    rejects(`${name}-deepspeed`, PARSER, (i) => {
      if (!isOn(i.options, `use_${name}`) || !isSet(i.options, 'deepspeed')) return undefined;
      return exclusive(`use_${name}`, 'deepspeed', say`${name} does not work with DeepSpeed`);
    }),
  ]),
  rejects('badam-distributed', PARSER, (i) => {
    if (!isOn(i.options, 'use_badam') || !distributed(i)) return undefined;
    if (textOf(i.options, 'badam_mode') === 'ratio')
      return {
        at: 'use_badam',
        with: ['badam_mode'],
        message: say`ratio-based BAdam does not run on several processes`,
        fixes: [setOption('badam_mode', 'layer')],
      };
    if (zero3(i) || isSet(i.options, 'deepspeed')) return undefined;
    return {
      at: 'use_badam',
      message: say`layer-wise BAdam on several processes needs DeepSpeed ZeRO-3`,
    };
  }),
]);
