import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import type { Constraint, Violation } from '../constraint.ts';
import { count, on, rejects, scalar } from './facts.ts';

const ELASTIC = 'elasticity/config.py';
const at = (key: string): string => `elasticity.${key}`;

/** The checks of the elasticity section, made when it is enabled. */
export const elasticConstraints = lazy((): readonly Constraint[] => [
  ...['max_train_batch_size', 'micro_batch_sizes'].map((key) =>
    elastic(`elastic-${key}`, (o) =>
      o.has(at(key))
        ? undefined
        : {
            at: at('enabled'),
            message: say`elastic training needs \`${key}\`: DeepSpeed stops without`,
          },
    ),
  ),
  elastic('elastic-micro-batches', (o) => {
    const node = o.node(at('micro_batch_sizes'));
    if (node === undefined || node.kind === 'opaque') return undefined;
    const sizes = node.kind === 'list' ? node.items : undefined;
    const whole = sizes?.every(
      (item) => item.kind === 'scalar' && Number.isInteger(item.value) && Number(item.value) > 0,
    );
    if (whole === true) return undefined;
    return {
      at: at('micro_batch_sizes'),
      message: say`micro_batch_sizes is a list of whole numbers above 0`,
    };
  }),
  elastic('elastic-micro-over-maximum', (o) => {
    const node = o.node(at('micro_batch_sizes'));
    const most = count(o, at('max_train_batch_size'));
    if (node?.kind !== 'list' || most === undefined) return undefined;
    const over = node.items.find((item) => item.kind === 'scalar' && Number(item.value) > most);
    if (over?.kind !== 'scalar') return undefined;
    return {
      at: at('micro_batch_sizes'),
      with: [at('max_train_batch_size')],
      message: say`a micro batch of ${over.text} is larger than max_train_batch_size ${most}`,
    };
  }),
  ...['min_gpus', 'max_gpus', 'model_parallel_size', 'num_gpus_per_node'].map((key) =>
    elastic(`elastic-${key}`, (o) => {
      const value = count(o, at(key));
      if (value === undefined || value >= 1) return undefined;
      return { at: at(key), message: say`${key} must be at least 1, not ${value}` };
    }),
  ),
  elastic('elastic-range', (o) => {
    const [least, most] = [count(o, at('min_gpus')) ?? 1, count(o, at('max_gpus')) ?? 10_000];
    if (least <= most) return undefined;
    return {
      at: o.has(at('min_gpus')) ? at('min_gpus') : at('max_gpus'),
      with: [at('max_gpus')],
      message: say`min_gpus ${least} is above max_gpus ${most}`,
    };
  }),
  elastic('elastic-time', (o) => {
    const time = count(o, at('min_time'));
    if (time === undefined || time >= 0) return undefined;
    return { at: at('min_time'), message: say`min_time cannot be negative (${time})` };
  }),
  elastic('elastic-version', (o) => {
    const value = scalar(o, at('version'));
    const version = value === undefined ? 0.2 : Number(value);
    if (version !== 0.1 && version !== 0.2)
      return {
        at: at('version'),
        message: say`elasticity knows versions 0.1 and 0.2, not ${value}`,
      };
    const parallel = count(o, at('model_parallel_size')) ?? 1;
    if (parallel <= 1 || version === 0.2) return undefined;
    return {
      at: at('model_parallel_size'),
      with: [at('version')],
      message: say`elasticity 0.1 does not support model parallelism: use version 0.2`,
    };
  }),
  elastic('elastic-node', (o) => {
    const parallel = count(o, at('model_parallel_size')) ?? 1;
    const node = count(o, at('num_gpus_per_node')) ?? 1;
    if (parallel < 1 || node < 1 || node % parallel === 0) return undefined;
    return {
      at: at('model_parallel_size'),
      with: [at('num_gpus_per_node')],
      message: say`${node} GPUs of a node cannot be divided by model_parallel_size ${parallel}`,
    };
  }),
]);

function elastic(id: string, check: (o: Options) => Violation | undefined): Constraint {
  return rejects(id, ELASTIC, ({ options: o }) => (on(o, at('enabled')) ? check(o) : undefined));
}
