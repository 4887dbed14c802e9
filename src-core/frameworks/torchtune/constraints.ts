import { known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  removeOption,
  setOption,
  type Violation,
} from '../constraint.ts';
import { asTexts } from '../convert.ts';
import { recipeOf } from './recipe.ts';
import { type Tree, treeOf } from './tree.ts';

type Check = (tree: Tree, input: ConstraintInput) => Violation | undefined;

/** A check that recipes make; `where` is the file in torchtune. */
function rejects(id: string, where: string, check: Check): Constraint {
  return {
    id,
    cite: { label: `torchtune ${where}` },
    check: (input) => check(treeOf(input.recognized, input.unseen), input),
  };
}

function isOn(value: Sourced<boolean>): boolean {
  return value.value === true;
}

const RECIPES = 'recipes/';

/** Formats to train in, the better one first: `verify_bf16_support` stops on a card without bf16. */
function dtypes({ gpu }: ConstraintInput['context']): readonly ('bf16' | 'fp32')[] {
  const card = known(gpu);
  return card && card.bf16 !== 'native' ? ['fp32'] : ['bf16', 'fp32'];
}

/** What holds whatever else the config says. */
export const precisionConstraints = lazy((): readonly Constraint[] => [
  rejects('fp16', `${RECIPES}*.py`, (t, { context }) => {
    if (known(t.text('dtype')) !== 'fp16') return undefined;
    return {
      at: 'dtype',
      message: say`recipes refuse fp16: there is no gradient scaling. Use bf16 or fp32`,
      fixes: dtypes(context).map((to) => setOption('dtype', to)),
    };
  }),
  {
    ...rejects('dtype', 'torchtune/training/precision.py', (t, { context }) => {
      const name = known(t.text('dtype'));
      if (name === undefined || /^(?:fp16|bf16|fp32|fp64)$/.test(name)) return undefined;
      return {
        at: 'dtype',
        message: say`\`dtype\` cannot be \`${name}\`: bf16 or fp32`,
        fixes: [setOption('dtype', (/b/.test(name) && dtypes(context)[0]) || 'fp32')],
      };
    }),
    rule: 'bad-choice',
  },
  rejects('fp8-context', `${RECIPES}full_finetune_distributed.py`, (t) => {
    if (!isOn(t.bool('enable_fp8_training')) || (known(t.int('context_parallel_dim')) ?? 1) <= 1)
      return undefined;
    return {
      at: 'enable_fp8_training',
      with: ['context_parallel_dim'],
      message: say`fp8 training does not work with context parallelism`,
      fixes: [removeOption('enable_fp8_training'), removeOption('context_parallel_dim')],
    };
  }),
]);

const memory = lazy((): readonly Constraint[] => [
  rejects('offload-alone', `${RECIPES}*_finetune_*.py`, (t) => {
    const key = 'enable_activation_offloading';
    const checkpointing = t.bool('enable_activation_checkpointing', false);
    if (!isOn(t.bool(key)) || checkpointing.value !== false) return undefined;
    return {
      at: key,
      with: ['enable_activation_checkpointing'],
      message: say`\`${key}\` needs \`enable_activation_checkpointing: True\``,
      fixes: [setOption('enable_activation_checkpointing', true), removeOption(key)],
    };
  }),
  rejects('offload-device', `${RECIPES}*_finetune_*.py`, (t) => {
    const key = 'enable_activation_offloading';
    const device = known(t.text('device'));
    if (!isOn(t.bool(key)) || device === undefined || /^(?:cuda|xpu)/.test(device))
      return undefined;
    return {
      at: key,
      with: ['device'],
      message: say`\`${key}\` works on cuda and xpu, not on ${device}`,
      fixes: [removeOption(key)],
    };
  }),
  ...(['clip_grad_norm', 'gradient_accumulation_steps'] as const).map((key) =>
    rejects(`backward-${key}`, `${RECIPES}full_finetune_single_device.py`, (t) => {
      if (!isOn(t.bool('optimizer_in_bwd')) || !readsBackward(t)) return undefined;
      const clash = key === 'clip_grad_norm' ? t.set(key) : (known(t.int(key)) ?? 1) > 1;
      if (!clash) return undefined;
      return {
        at: key,
        with: ['optimizer_in_bwd'],
        message: say`\`optimizer_in_bwd\` steps while gradients are made: it does not take \`${key}\``,
        fixes: [
          key === 'clip_grad_norm' ? removeOption(key) : setOption(key, 1),
          setOption('optimizer_in_bwd', false),
        ],
      };
    }),
  ),
]);

/** Recipes for adapters do not read `optimizer_in_bwd`. */
function readsBackward(t: Tree): boolean {
  const path = known(t.component('model')) ?? known(t.component('policy_model'));
  return path !== undefined && !/\bq?lora_/.test(path.slice(path.lastIndexOf('.') + 1));
}

const data = lazy((): readonly Constraint[] => [
  rejects('packed-length', 'torchtune/datasets/', (t, { recognized }) => {
    const packed = t.bool('dataset.packed', false);
    const path = known(t.component('dataset')) ?? '';
    const own = /^torchtune\.datasets\.\w+_dataset$/.test(path);
    const written = t.find('tokenizer') !== undefined;
    if (!isOn(packed) || !own || !written || t.set('tokenizer.max_seq_len')) return undefined;
    const place = recognized.sections.find(({ scope }) => scope.id === path)?.scope.id;
    return {
      at: place === undefined ? 'dataset' : `${place}.packed`,
      with: ['tokenizer'],
      message: say`\`packed: True\` needs a length: set \`max_seq_len\` of the tokenizer`,
    };
  }),
  rejects('left-pad', `${RECIPES}*_finetune_*.py`, (t) => {
    if (!known(t.text('collate_fn'))?.includes('left_pad_sequence')) return undefined;
    return {
      at: 'collate_fn',
      message: say`left padding is for generation: recipes refuse it`,
      fixes: [removeOption('collate_fn')],
    };
  }),
  rejects('validation-data', `${RECIPES}*_finetune_distributed.py`, (t) => {
    const key = 'run_val_every_n_steps';
    if (!t.set(key) || t.set('dataset_val')) return undefined;
    return {
      at: key,
      message: say`\`${key}\` needs a \`dataset_val\``,
      fixes: [removeOption(key)],
    };
  }),
]);

const parallel = lazy((): readonly Constraint[] => [
  rejects('tensor-plan', `${RECIPES}full_finetune_distributed.py`, (t) => {
    if ((known(t.int('tensor_parallel_dim')) ?? 1) <= 1 || t.set('tensor_parallel_plan'))
      return undefined;
    return {
      at: 'tensor_parallel_dim',
      message: say`\`tensor_parallel_dim\` above 1 needs a \`tensor_parallel_plan\``,
      fixes: [setOption('tensor_parallel_dim', 1)],
    };
  }),
  rejects('npu-compile', `${RECIPES}*_single_device.py`, (t) => {
    if (known(t.text('device')) !== 'npu' || !isOn(t.bool('compile'))) return undefined;
    return {
      at: 'compile',
      with: ['device'],
      message: say`models are not compiled on npu`,
      fixes: [setOption('compile', false)],
    };
  }),
  rejects('qat-compile', `${RECIPES}qat_distributed.py`, (t, { recognized }) => {
    if (recipeOf(recognized) !== 'qat_distributed' || !isOn(t.bool('compile'))) return undefined;
    return {
      at: 'compile',
      message: say`qat_distributed does not compile: set \`compile: False\``,
      fixes: [setOption('compile', false)],
    };
  }),
]);

/** What `tune run` starts a recipe with. */
export const launchConstraints = lazy((): readonly Constraint[] => [
  rejects('single-device', 'torchtune/_cli/run.py', (_, { recognized }) => {
    const { launch } = recognized;
    const recipe = recipeOf(recognized);
    if (recipe === undefined || launch.launcher !== 'torchrun') return undefined;
    if (!/single_device$/.test(recipe)) return undefined;
    return {
      at: 'device',
      message: say`\`tune run\` refuses options of torchrun for ${recipe}, which uses one device`,
    };
  }),
  {
    ...rejects('distributed-alone', 'torchtune/_cli/run.py', (_, { recognized }) => {
      const recipe = recipeOf(recognized) ?? '';
      const isCommand = recognized.sections.some(({ unit }) => unit.kind === 'command');
      if (!isCommand || recognized.launch.launcher !== undefined) return undefined;
      if (!/^\w+_distributed$/.test(recipe)) return undefined;
      return {
        at: 'device',
        message: say`${recipe} stops unless it is started with torchrun's options: tune run --nproc_per_node N ${recipe}`,
      };
    }),
    // A cluster may have set what torchrun would.
    severity: 'warning',
  },
]);

const ppo = lazy((): readonly Constraint[] =>
  (
    [
      ['batch_size', 'forward_batch_size'],
      ['batch_size', 'ppo_batch_size'],
      ['ppo_batch_size', 'gradient_accumulation_steps'],
    ] as const
  ).map(([whole, part]) =>
    rejects(`ppo-${whole}-${part}`, `${RECIPES}ppo_full_finetune_single_device.py`, (t) => {
      // The GRPO recipe has these keys as well, and does not compare them.
      if (!t.set('ppo_epochs') || t.set('grpo_samples')) return undefined;
      const [a, b] = [known(t.int(whole)), known(t.int(part))];
      if (a === undefined || b === undefined || b === 0 || a % b === 0) return undefined;
      return {
        at: whole,
        with: [part],
        message: say`\`${whole}\` (${a}) is no multiple of \`${part}\` (${b})`,
      };
    }),
  ),
);

const ATTENTION = ['q_proj', 'k_proj', 'v_proj', 'output_proj'];

const adapters = lazy((): readonly Constraint[] => [
  {
    ...rejects('lora-modules', 'torchtune/modules/peft/', (t, { options }) => {
      const node = t.find('model.lora_attn_modules')?.node;
      const names = node === undefined ? UNKNOWN : asTexts(node);
      const strange = Array.isArray(names)
        ? names.find((name) => !ATTENTION.includes(name))
        : undefined;
      if (strange === undefined || !options.has('lora_attn_modules')) return undefined;
      return {
        at: 'lora_attn_modules',
        message: say`\`${strange}\` is none of ${ATTENTION.join(', ')}: no adapter is put on it`,
      };
    }),
    severity: 'warning',
    rule: 'bad-choice',
  },
]);

/** What torchtune's recipes check before they train. */
export const torchtuneConstraints = lazy((): readonly Constraint[] => [
  ...precisionConstraints(),
  ...memory(),
  ...data(),
  ...parallel(),
  ...launchConstraints(),
  ...ppo(),
  ...adapters(),
]);
