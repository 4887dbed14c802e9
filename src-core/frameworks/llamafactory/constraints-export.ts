import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isSet, mayBeOn, removeOption } from '../constraint.ts';
import { wordText } from '../launch.ts';
import { packedBy } from './constraints-checkpoint.ts';
import { rejects } from './facts.ts';
import { programOf } from './words.ts';

const TUNER = 'train/tuner.py';

/** What `llamafactory-cli export` refuses, which is how an adapter that was trained is merged. */
export const exportConstraints = lazy((): readonly Constraint[] => [
  rejects('export-quantized', TUNER, (input) => {
    const { options: o } = input;
    const merges = isSet(o, 'export_dir') && isSet(o, 'adapter_name_or_path');
    if (!merges || mayBeOn(o, 'do_train') || isSet(o, 'export_quantization_bit')) return undefined;
    if (isSet(o, 'quantization_bit'))
      return {
        at: 'quantization_bit',
        onKey: true,
        with: ['adapter_name_or_path'],
        message: say`an adapter cannot be merged into quantised weights: export without quantization_bit, with export_device cpu if the GPU is too small`,
        fixes: [removeOption('quantization_bit')],
      };
    const method = packedBy(input);
    if (method === undefined) return undefined;
    return {
      at: 'model_name_or_path',
      with: ['adapter_name_or_path'],
      message: say`an adapter cannot be merged into ${method} weights: train and merge it on the checkpoint that is not quantised`,
    };
  }),
  rejects('export-adapter-and-bits', TUNER, ({ options: o }) => {
    if (!isSet(o, 'export_quantization_bit') || !isSet(o, 'adapter_name_or_path')) return undefined;
    if (mayBeOn(o, 'do_train')) return undefined;
    return {
      at: 'export_quantization_bit',
      onKey: true,
      with: ['adapter_name_or_path'],
      message: say`merge the adapter first, and quantise what was merged in a second export`,
      fixes: [removeOption('export_quantization_bit')],
    };
  }),
  {
    ...rejects('export-without-folder', TUNER, ({ options: o, recognized }) => {
      const program = programOf(recognized);
      const exports = program !== undefined && wordText(program.word) === 'export';
      if (!exports || isSet(o, 'export_dir')) return undefined;
      return {
        at: 'export_dir',
        message: say`\`${'llamafactory-cli export'}\` needs \`${'export_dir'}\``,
      };
    }),
    rule: 'missing-key',
  },
]);
