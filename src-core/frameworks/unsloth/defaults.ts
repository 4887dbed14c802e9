import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';

/** What Unsloth sets in the configs of TRL that it replaces (models/rl.py). */
const SET: { readonly [key: string]: string | number } = {
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 2,
  weight_decay: 0.001,
  optim: 'adamw_8bit',
  learning_rate: 5e-5,
  num_generations: 8,
};
const cite = { label: 'unsloth models/rl.py' };

/** What decides the format of a run: the weights' dtype, and whether all of them train. */
export interface Weights {
  readonly dtype: Sourced<DType>;
  readonly full: boolean;
  /** All weights train in bf16, without autocast: what full training does unless told otherwise. */
  readonly pure: boolean;
  /** Whatever is asked for, the trainer computes in float32. */
  readonly forced: boolean;
}

/**
 * The options as Unsloth's trainer reads them. Where neither fp16 nor bf16 is asked for it turns
 * on the one that the weights are in; training all weights in bf16 goes without autocast.
 */
export function asUnsloth(o: Options, weights: Weights, replaced: boolean): Options {
  return new Proxy(o, {
    get(target, name) {
      if (name === 'bool') return (key: string) => flag(target, key, weights);
      if (replaced && (name === 'int' || name === 'float' || name === 'text'))
        return (key: string) => {
          const own = target.has(key) ? undefined : SET[key];
          return own === undefined ? target[name](key) : byDefault(own, 'Unsloth sets it', cite);
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function flag(o: Options, key: string, { dtype, pure, forced }: Weights): Sourced<boolean> {
  if (key !== 'fp16' && key !== 'bf16') return o.bool(key);
  if (forced) return derived<boolean>(false, 'Unsloth turns autocast off for this family', dtype);
  const asked = ['fp16', 'bf16'].some((name) => o.has(name) && o.bool(name).value === true);
  if (asked) return o.has(key) ? o.bool(key) : byDefault(false, 'not asked for', cite);
  const weights = known(dtype);
  if (weights === undefined) return derived<boolean>(UNKNOWN, "the weights' dtype decides", dtype);
  const half = weights === 'float16' ? 'fp16' : 'bf16';
  return derived<boolean>(!pure && key === half, "Unsloth follows the weights' dtype", dtype);
}
