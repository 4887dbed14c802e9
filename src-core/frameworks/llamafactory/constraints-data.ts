import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, isSet, numberOf, setOption, textOf } from '../constraint.ts';
import { exclusive, isEval, namesOf, rejects } from './facts.ts';

const PARSER = 'hparams/parser.py';
const DATA = 'hparams/data_args.py';

/** The checks of data_args.py and what parser.py asks of data. */
export const dataConstraints = lazy((): readonly Constraint[] => [
  rejects('no-dataset', PARSER, ({ options: o }) => {
    if (!isOn(o, 'do_train') || o.has('dataset')) return undefined;
    return { at: 'do_train', message: say`training needs a \`dataset\`` };
  }),
  rejects('validation-without-dataset', DATA, ({ options: o }) => {
    if (isSet(o, 'dataset') || !o.has('val_size') || (numberOf(o, 'val_size') ?? 0) <= 1e-6)
      return undefined;
    return {
      at: 'val_size',
      message: say`val_size splits off a part of \`dataset\`, which is not set`,
    };
  }),
  rejects('two-validation-sets', DATA, ({ options: o }) => {
    if (!isSet(o, 'eval_dataset') || (numberOf(o, 'val_size') ?? 0) <= 1e-6) return undefined;
    return exclusive('val_size', 'eval_dataset');
  }),
  rejects('nothing-to-evaluate', PARSER, ({ options: o }) => {
    const asks = ['do_predict', 'predict_with_generate'].find((key) => isOn(o, key)) ?? isEval(o);
    if (asks === undefined || isSet(o, 'eval_dataset') || isSet(o, 'export_dir')) return undefined;
    const share = o.has('val_size') ? numberOf(o, 'val_size') : 0;
    if (share === undefined || share >= 1e-6) return undefined;
    return {
      at: asks,
      with: ['val_size'],
      message: say`evaluation needs eval_dataset, or val_size above 0`,
      fixes: [setOption('val_size', 0.1)],
    };
  }),
  rejects('interleave-concat', DATA, ({ options: o }) => {
    if (!isSet(o, 'interleave_probs') || textOf(o, 'mix_strategy') !== 'concat') return undefined;
    return exclusive(
      'interleave_probs',
      'mix_strategy',
      say`interleave_probs needs an interleaving mix_strategy`,
    );
  }),
  rejects('interleave-length', DATA, ({ options: o }) => {
    const count = (name: string): number => known(namesOf(o, name))?.length ?? 0;
    const shares = count('interleave_probs');
    if (shares === 0 || textOf(o, 'mix_strategy') === 'concat') return undefined;
    const key = ['dataset', 'eval_dataset'].find(
      (name) => count(name) > 0 && count(name) !== shares,
    );
    if (key === undefined) return undefined;
    return {
      at: 'interleave_probs',
      with: [key],
      message: say`interleave_probs needs one share for each ${key}: ${shares} against ${count(key)}`,
    };
  }),
  rejects('streaming-share', DATA, ({ options: o }) => {
    const share = numberOf(o, 'val_size') ?? 0;
    if (!isOn(o, 'streaming') || share <= 1e-6 || share >= 1) return undefined;
    return {
      at: 'val_size',
      with: ['streaming'],
      message: say`a stream has no known length: val_size must be a number of samples, not a share`,
    };
  }),
  rejects('streaming-samples', DATA, ({ options: o }) => {
    if (!isOn(o, 'streaming') || !isSet(o, 'max_samples')) return undefined;
    return exclusive('max_samples', 'streaming', say`max_samples does not work with streaming`);
  }),
  rejects('streaming-without-steps', PARSER, ({ options: o }) => {
    if (!isOn(o, 'streaming') || !isOn(o, 'do_train') || numberOf(o, 'max_steps') !== -1)
      return undefined;
    return {
      at: 'streaming',
      with: ['max_steps'],
      message: say`a stream has no known length: set max_steps`,
    };
  }),
  rejects('streaming-save', 'data/loader.py', ({ options: o }) => {
    if (!isOn(o, 'streaming') || !isSet(o, 'tokenized_path')) return undefined;
    return exclusive(
      'streaming',
      'tokenized_path',
      say`a stream cannot be saved to tokenized_path`,
    );
  }),
  rejects('mask-and-train-prompt', DATA, ({ options: o }) => {
    if (!isOn(o, 'mask_history') || !isOn(o, 'train_on_prompt')) return undefined;
    return exclusive('mask_history', 'train_on_prompt');
  }),
]);
