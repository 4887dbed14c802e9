import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  mayBeOn,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';
import type { Launch } from '../framework.ts';
import { compareVersions } from '../version.ts';

const ARGS = 'transformers training_args.py, __post_init__';
const TRAINER = 'transformers trainer.py';

/** What transformers 4.57 and 5.17 report to, together. */
const REPORTS = (
  'azure_ml comet_ml mlflow neptune tensorboard trackio wandb codecarbon clearml dagshub flyte ' +
  'dvclive swanlab kubeflow all none'
).split(' ');
const SHARDING = (
  'full_shard shard_grad_op no_shard hybrid_shard hybrid_shard_zero2 offload auto_wrap ' +
  'true false True False 1 0'
).split(' ');

/** swift brings strategies and FSDP presets of its own. */
const bySwift = ({ recognized }: ConstraintInput): boolean => recognized.adapter.id === 'swift';

/** What TrainingArguments and the Trainer refuse besides steps and strategies. */
export const runtimeConstraints = lazy((): readonly Constraint[] => [
  oneOf('report_to', REPORTS, `${TRAINER}: callbacks`),
  oneOf('debug', ['underflow_overflow', 'tpu_metrics_debug'], 'transformers DebugOption'),
  oneOf('fsdp', SHARDING, ARGS),
  {
    id: 'several-reports',
    cite: { label: 'transformers hf_argparser.py: a text or a list of texts is read as a text' },
    check(input) {
      const { options: o, recognized } = input;
      const node = o.node('report_to');
      const command = recognized.sections.at(-1)?.unit.kind === 'command';
      if (bySwift(input) || !command || node?.kind !== 'list') return undefined;
      const [first, second] = node.items;
      if (first?.kind !== 'scalar' || second?.kind !== 'scalar') return undefined;
      return {
        at: 'report_to',
        message: say`on the command line report_to takes one name; it stops at a second, \`${second.text}\``,
        fixes: [setOption('report_to', 'all')],
      };
    },
  },
  {
    id: 'cache-steps',
    cite: { label: `${ARGS}: torch_empty_cache_steps` },
    check({ options: o }) {
      const steps = isSet(o, 'torch_empty_cache_steps')
        ? numberOf(o, 'torch_empty_cache_steps')
        : undefined;
      if (steps === undefined || steps >= 1) return undefined;
      return {
        at: 'torch_empty_cache_steps',
        message: say`torch_empty_cache_steps counts from 1, not ${steps}`,
        fixes: [removeOption('torch_empty_cache_steps')],
      };
    },
  },
  {
    id: 'plateau-without-evaluation',
    cite: { label: `${ARGS}: lr_scheduler_type` },
    check(input) {
      const { options: o } = input;
      const name = plain(o.has('lr_scheduler_type') ? textOf(o, 'lr_scheduler_type') : undefined);
      if (name !== 'reduce_lr_on_plateau' && name !== 'greedy') return undefined;
      if (o.has('evaluation_strategy') || mayBeOn(o, 'do_eval')) return undefined;
      const written = o.has('eval_strategy');
      if (written ? plain(textOf(o, 'eval_strategy')) !== 'no' : bySwift(input)) return undefined;
      return {
        at: 'lr_scheduler_type',
        with: ['eval_strategy'],
        message: say`\`${name}\` follows the evaluation loss, and eval_strategy is \`no\`: it stops with an error`,
        fixes: [setOption('eval_strategy', 'epoch')],
      };
    },
  },
  {
    id: 'two-shardings',
    cite: { label: `${TRAINER}, Trainer.__init__` },
    check({ options: o }) {
      if (!shards(o) || !isSet(o, 'deepspeed') || known(o.texts('deepspeed'))?.[0] === '')
        return undefined;
      return {
        at: 'fsdp',
        with: ['deepspeed'],
        message: say`fsdp and deepspeed both split the run over the GPUs: the Trainer takes one`,
        fixes: [removeOption('fsdp'), removeOption('deepspeed')],
      };
    },
  },
  {
    id: 'fsdp-without-launcher',
    cite: { label: `${TRAINER}: Using fsdp only works in distributed training` },
    check(input) {
      if (bySwift(input) || !shards(input.options) || !startedAlone(input)) return undefined;
      return {
        at: 'fsdp',
        message: say`plain \`python\` starts one process, and the Trainer stops: fsdp needs torchrun or accelerate launch`,
        fixes: [removeOption('fsdp')],
      };
    },
  },
  {
    id: 'batch-search-with-zero-3',
    cite: { label: `${TRAINER}, create_accelerator_and_postprocess` },
    check({ options: o, draft }) {
      const stage = draft['parallel.zeroStage'];
      if (!isOn(o, 'auto_find_batch_size') || stage === undefined || known(stage) !== 3)
        return undefined;
      return {
        at: 'auto_find_batch_size',
        with: ['deepspeed'],
        message: say`auto_find_batch_size does not work with ZeRO-3: the Trainer stops there`,
        fixes: [removeOption('auto_find_batch_size')],
      };
    },
  },
  {
    id: 'bf16-before-torch-2.3',
    cite: { label: `${ARGS}: Your setup doesn't support bf16/gpu` },
    check({ options: o, context }) {
      const gpu = known(context.gpu);
      const torch = context.version('torch');
      const version = torch === undefined ? undefined : known(torch);
      const key = ['bf16', 'bf16_full_eval'].find((name) => isOn(o, name));
      if (!gpu || gpu.bf16 === 'native' || gpu.vendor !== 'NVIDIA') return undefined;
      if (key === undefined || version === undefined || compareVersions(version, '2.3') >= 0)
        return undefined;
      return {
        at: key,
        message: say`torch ${version} says that the ${gpu.name} has no bf16: the trainer stops there`,
      };
    },
  },
]);

function plain(text: string | undefined): string | undefined {
  return text?.replace(/^\w+\./, '').toLowerCase();
}

function shards(o: Options): boolean {
  const words = o.has('fsdp') ? (known(o.texts('fsdp')) ?? []) : [];
  return words.some((text) => text !== '' && !/^(?:false|no|0)$/i.test(text));
}

/** `python train.py`, with nothing around it that says who the other processes are. */
export function startedAlone({ recognized }: Pick<ConstraintInput, 'recognized'>): boolean {
  const unit = recognized.sections.at(-1)?.unit;
  if (unit?.kind !== 'command' || isOneOfSeveral(recognized.launch)) return false;
  const first = unit.words[0]?.value;
  return first?.kind === 'scalar' && /(?:^|\/)python[\d.]*$/.test(first.text);
}

/** Whether a launcher starts a program, or its environment says who the other processes are. */
export function isOneOfSeveral({ launcher, env }: Launch): boolean {
  const told = env.some(({ key }) => /RANK|WORLD_SIZE|^ACCELERATE_|^SLURM_/.test(key));
  return launcher !== undefined || told;
}

/** An option whose words must all be of `names`; what looks like code or a path is left alone. */
function oneOf(key: string, names: readonly string[], label: string): Constraint {
  return {
    id: `unknown-${key}`,
    rule: 'bad-choice',
    cite: { label },
    check(input) {
      const { options: o } = input;
      if (!o.has(key) || (key === 'fsdp' && bySwift(input))) return undefined;
      const words = (known(o.texts(key)) ?? []).flatMap((text) => text.split(/[\s,]+/));
      const odd = words.find((word) => /^\w+$/.test(word) && !names.includes(word));
      if (odd === undefined) return undefined;
      const near = closest(odd, names, 2);
      return {
        at: key,
        message: say`\`${key}\` cannot be \`${odd}\`: one of ${names.slice(0, 7).join(', ')}${names.length > 7 ? ' ...' : ''}`,
        fixes: words.length === 1 ? near.map((name) => setOption(key, name)) : [],
      };
    },
  };
}
