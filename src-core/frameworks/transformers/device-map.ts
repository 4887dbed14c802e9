import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isSet, removeOption } from '../constraint.ts';

const KEY = 'from_pretrained.device_map';

/**
 * A load that is told where to put the layers, after arguments that have switched ZeRO-3 on: both in one
 * function, so that the order in the text is the order of the calls.
 */
export const zero3DeviceMap: Constraint = {
  id: 'zero3-device-map',
  cite: { label: 'transformers integrations/accelerate.py, check_and_set_device_map' },
  check({ options: o, recognized, draft }) {
    const load = recognized.sections.find(({ scope }) => scope.id === 'from_pretrained')?.unit;
    const args = recognized.sections.at(-1)?.unit;
    if (load?.kind !== 'call' || args?.kind !== 'call' || !isSet(o, KEY)) return undefined;
    const stage = draft['parallel.zeroStage'];
    const zero3 = isSet(o, 'deepspeed') && stage !== undefined && known(stage) === 3;
    const together = args.within?.start === load.within?.start && load.block === undefined;
    if (!zero3 || !together || args.block !== undefined || args.span.start > load.span.start)
      return undefined;
    return {
      at: KEY,
      with: ['deepspeed'],
      onKey: true,
      message: say`ZeRO-3 spreads the weights by itself: transformers refuses a load with \`device_map\` once the arguments with \`deepspeed\` are made`,
      fixes: [removeOption('device_map')],
    };
  },
};
