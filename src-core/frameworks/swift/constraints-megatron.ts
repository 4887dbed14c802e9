import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  numberOf,
  setOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import { firstWritten, sureWorld } from '../hf/generation-groups.ts';
import { olderThan } from '../since.ts';
import { usesRay } from './config-flag.ts';
import { isMegatron } from './megatron.ts';

const SPLITS = [
  'tensor_model_parallel_size',
  'pipeline_model_parallel_size',
  'context_parallel_size',
] as const;
const EXPERTS = [
  'expert_model_parallel_size',
  'expert_tensor_parallel_size',
  'pipeline_model_parallel_size',
] as const;
const BACKENDS = ['flash', 'fused', 'unfused', 'local', 'auto'];
const BATCHES = ['global_batch_size', 'micro_batch_size'] as const;

/** What Megatron asks of the processes, before it loads a model. */
export const megatronConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'megatron-attention',
    rule: 'bad-choice',
    cite: { label: 'Megatron-LM megatron/core/transformer/enums.py, AttnBackend' },
    check({ options, recognized, context }) {
      const key = 'attention_backend';
      const name = options.has(key) ? textOf(options, key) : undefined;
      // Before 4 Megatron's own argparse looked at it.
      if (!isMegatron(recognized) || name === undefined || olderThan(context, 'swift', '4.0'))
        return undefined;
      if (BACKENDS.includes(name) || /^flash_\d+$/.test(name)) return undefined;
      return {
        at: key,
        message: say`\`${key}\` cannot be \`${name}\`: ms-swift looks it up among ${BACKENDS.join(', ')}, and stops`,
        fixes: [setOption(key, 'flash'), setOption(key, 'auto')],
      };
    },
  },
  ofProcesses('ranks', 'Megatron-LM megatron/core/parallel_state.py', (input, world) => {
    const split = product(input, SPLITS);
    if (split === undefined || world % split === 0) return undefined;
    return {
      at: firstWritten(input, SPLITS),
      with: SPLITS,
      message: say`${world} processes are no multiple of the ${split} that one copy of the model takes (tensor, pipeline and context parallelism): Megatron stops`,
    };
  }),
  ofProcesses('experts', 'Megatron-LM megatron/core/parallel_state.py', (input, world) => {
    const split = product(input, EXPERTS);
    if (split === undefined || world % split === 0) return undefined;
    return {
      at: firstWritten(input, EXPERTS),
      with: EXPERTS,
      message: say`${world} processes are no multiple of the ${split} that the experts take (expert and pipeline parallelism): Megatron stops`,
    };
  }),
  ofProcesses('batch', 'ms-swift swift/megatron/arguments/megatron_args.py', (input, world) => {
    const split = product(input, SPLITS);
    const [batch, micro] = BATCHES.map((key) => numberOf(input.options, key));
    if (split === undefined || world % split !== 0 || !batch || !micro) return undefined;
    const ranks = world / split;
    if (batch % (micro * ranks) === 0) return undefined;
    return {
      at: firstWritten(input, BATCHES),
      with: [...BATCHES, ...SPLITS],
      message: say`global_batch_size ${batch} does not divide among ${ranks} data-parallel ranks in micro batches of ${micro}: ms-swift stops there`,
    };
  }),
]);

/** A check of a training whose processes are all seen; Ray deals them out by its own config. */
function ofProcesses(
  id: string,
  label: string,
  check: (input: ConstraintInput, world: number) => Violation | undefined,
): Constraint {
  return {
    id: `megatron-${id}`,
    cite: { label },
    check(input) {
      const { recognized } = input;
      const world = sureWorld(input);
      if (!isMegatron(recognized) || !recognized.trains || recognized.unread) return undefined;
      return world === undefined || isRay(input) ? undefined : check(input, world);
    },
  };
}

function isRay({ recognized: { sections } }: ConstraintInput): boolean {
  return sections.some(
    ({ unit, scope, path }) =>
      path.length > 0 || (unit.kind === 'command' && usesRay(scope, unit.words)),
  );
}

function product({ options }: ConstraintInput, keys: readonly string[]): number | undefined {
  const sizes = keys.map((key) => numberOf(options, key) ?? Number.NaN);
  const all = sizes.reduce((one, other) => one * other, 1);
  return Number.isInteger(all) && all > 0 ? all : undefined;
}
