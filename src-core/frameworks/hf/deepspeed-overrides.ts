import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, textOf, type Violation } from '../constraint.ts';
import type { NamedMapping } from './accelerate.ts';
import { deepSpeedConfig, entryAt } from './deepspeed.ts';

const OPTIMIZED = {
  label: 'transformers integrations/deepspeed.py, deepspeed_optim_sched',
  url: 'https://github.com/huggingface/transformers/blob/main/src/transformers/integrations/deepspeed.py',
};

/** The trainer's schedules that say the same as DeepSpeed's (docs/source/en/deepspeed.md, Schedulers). */
const SAME_SCHEDULE: { readonly [type: string]: RegExp } = {
  warmuplr: /^constant_with_warmup$/,
  warmupdecaylr: /^linear$/,
  warmupcosinelr: /^cosine$/,
};

/** The trainer's optimizers that say the same as DeepSpeed's, whose Adam is AdamW unless told otherwise. */
const SAME_OPTIMIZER: { readonly [type: string]: RegExp } = {
  adam: /^adamw_(?:hf|torch|apex)/,
  adamw: /^adamw_(?:hf|torch|apex)/,
  lion: /^lion_32bit$/,
  adagrad: /^adagrad$/,
  sgd: /^sgd$/,
};

/** Optimizers that accelerate has a counterpart of DeepSpeed's for (utils/deepspeed.py, map_pytorch_optim_to_deepspeed). */
const MAPPED =
  /^(?:adamw_(?:hf|torch|apex)|adagrad$|lion_32bit$|paged_lion_32bit$|paged_adamw(?:_32bit)?$)/;

/** What the trainer is told, and the DeepSpeed config or accelerate puts something else in the place of. */
export const deepSpeedOverrides = lazy((): readonly Constraint[] => [
  decided('scheduler', ['lr_scheduler_type', 'lr_scheduler'], SAME_SCHEDULE),
  decided('optimizer', ['optim', 'optimizer'], SAME_OPTIMIZER),
  {
    id: 'deepspeed-offloaded-optimizer',
    rule: 'overridden-key',
    severity: 'warning',
    cite: {
      label: 'accelerate src/accelerate/accelerator.py, _prepare_deepspeed',
      url: 'https://github.com/huggingface/accelerate/blob/main/src/accelerate/accelerator.py',
    },
    check(input) {
      const { draft } = input;
      const config = deepSpeedConfig(input, input.context);
      const told = written(input, ['optim', 'optimizer']);
      const offload = draft['parallel.offloadOptimizer'];
      if (config === undefined || told === undefined || offload === undefined) return undefined;
      if (known(offload) !== true || MAPPED.test(told.name)) return undefined;
      const kept = entryAt(config.root, 'zero_force_ds_cpu_optimizer')?.value;
      if (entryAt(config.root, 'optimizer') !== undefined) return undefined;
      if (draft['parallel.engine']?.value !== 'deepspeed') return undefined;
      if (kept !== undefined && !(kept.kind === 'scalar' && kept.value === true)) return undefined;
      return {
        at: told.key,
        with: ['deepspeed'],
        message: say`the optimizer is offloaded, and accelerate puts DeepSpeedCPUAdam in the place of \`${told.name}\`: Adam with fp32 states in host memory`,
      };
    },
  },
]);

/** A section of the config that the trainer takes in the place of an option of its own. */
function decided(
  section: string,
  keys: readonly string[],
  same: { readonly [type: string]: RegExp },
): Constraint {
  return {
    id: `deepspeed-${section}-decides`,
    rule: 'overridden-key',
    severity: 'warning',
    cite: OPTIMIZED,
    check(input) {
      const config = deepSpeedConfig(input, input.context);
      const told = written(input, keys);
      const type = config && typeIn(config, section);
      if (told === undefined || type === undefined || same[type.toLowerCase()]?.test(told.name))
        return undefined;
      return overridden(told, section, type);
    },
  };
}

function overridden({ key, name }: Told, section: string, type: string): Violation {
  return {
    at: key,
    with: ['deepspeed'],
    message: say`\`${section}\` of the DeepSpeed config decides: it says ${type}, and \`${key}\` \`${name}\` has no effect`,
  };
}

interface Told {
  readonly key: string;
  readonly name: string;
}

/** The first of some options that is written, and its name without the class that it may be a member of. */
function written({ options: o }: ConstraintInput, keys: readonly string[]): Told | undefined {
  const key = keys.find((one) => o.has(one));
  const text = key === undefined ? undefined : textOf(o, key);
  if (key === undefined || text === undefined) return undefined;
  return { key, name: text.replace(/^[A-Z]\w*\./, '').toLowerCase() };
}

function typeIn({ root, path }: NamedMapping, section: string): string | undefined {
  const type = path[0] === 'deepspeed_config' ? undefined : entryAt(root, `${section}.type`)?.value;
  return type?.kind === 'scalar' && typeof type.value === 'string' ? type.value : undefined;
}
