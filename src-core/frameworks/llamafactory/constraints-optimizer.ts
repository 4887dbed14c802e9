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
import { distributed, exclusive, rejects, zero3 } from './facts.ts';

const PARSER = 'hparams/parser.py';

/** Layer-wise optimisers and what they do not work with. */
export const optimizerConstraints = lazy((): readonly Constraint[] => [
  ...['galore', 'apollo'].flatMap((name) => [
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
