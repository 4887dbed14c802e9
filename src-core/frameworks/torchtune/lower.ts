import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Method, ModelRef, Quantization, Stage } from '../../run/training-run.ts';
import { checkConstraints } from '../constraint.ts';
import { asTexts } from '../convert.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { baseName } from '../launch.ts';
import { componentProblems } from './component-problems.ts';
import { launchConstraints, precisionConstraints, torchtuneConstraints } from './constraints.ts';
import { readBuilder } from './models.ts';
import { optimizerOf } from './optimizers.ts';
import { recipeOf, recipeProblems } from './recipe.ts';
import { type Tree, treeOf } from './tree.ts';

/** A torchtune config as a training run: one dtype for everything, no autocast, no fp32 copy. */
export function lowerTorchtune(
  options: Options,
  recognized: Recognized,
  context: AdapterContext,
): Lowered {
  const tree = treeOf(recognized);
  const builder = tree.component('model');
  const method = methodOf(tree, builder);
  const draft: RunDraft = {
    ...precision(tree),
    ...batch(tree),
    ...lora(tree),
    ...parallel(tree, recognized, context),
    model: modelOf(tree, builder, context),
    method,
    stage: stageOf(tree, recognized),
    quantization: quantizationOf(tree, builder),
    referenceModel: derived(
      recipeOf(recognized)?.startsWith('full_dpo') === true,
      'full DPO keeps a frozen copy',
      method,
    ),
    optimizer: optimizerOf(tree),
  };
  const input = { options, draft, recognized, context };
  const checks = recognized.trains
    ? torchtuneConstraints()
    : /finetune|distillation|^qat|dpo/.test(recipeOf(recognized) ?? '')
      ? [...precisionConstraints(), ...launchConstraints()] // The config is one that torchtune ships: only what is written shows.
      : [];
  const problems = checkConstraints(checks, input);
  const others = [...componentProblems(recognized, context), ...recipeProblems(recognized)];
  return { draft, problems: [...others, ...problems] };
}

function modelOf(tree: Tree, builder: Sourced<string>, context: AdapterContext): Sourced<ModelRef> {
  const path = known(builder);
  const name = path === undefined ? undefined : readBuilder(path).model;
  if (name !== undefined) return derived(context.model(name), 'the model builder', builder);
  const folder = tree.text('checkpointer.checkpoint_dir');
  const text = known(folder);
  return derived<ModelRef>(
    text === undefined ? UNKNOWN : context.model(text),
    'the checkpoint folder',
    folder,
  );
}

function methodOf(tree: Tree, builder: Sourced<string>): Sourced<Method> {
  const path = known(builder);
  if (path === undefined) return derived<Method>(UNKNOWN, 'the model builder', builder);
  if (readBuilder(path).adapter === undefined)
    return derived<Method>('full', 'the model builder', builder);
  const dora = tree.bool('model.use_dora', false);
  return dora.value === true
    ? derived<Method>('dora', 'use_dora', dora, builder)
    : derived<Method>('lora', 'the model builder', builder);
}

/** NF4 of torchao: blocks of 64, their scales quantised again. */
function quantizationOf(tree: Tree, builder: Sourced<string>): Sourced<Quantization | null> {
  const base = tree.bool('model.quantize_base', false);
  const qlora = readBuilder(known(builder) ?? '').adapter === 'qlora';
  if (!qlora && base.value !== true)
    return derived<Quantization | null>(null, 'nothing is quantised', builder);
  const dtype = known(dtypeOf(tree));
  return derived<Quantization | null>(
    {
      method: 'torchao',
      bits: 4,
      type: 'nf4',
      doubleQuant: true,
      kbitPrepare: false,
      ...(dtype === undefined ? {} : { computeDtype: dtype }),
    },
    qlora ? 'the model builder' : 'quantize_base',
    qlora ? builder : base,
  );
}

const DTYPES: Readonly<Record<string, DType>> = {
  bf16: 'bfloat16',
  fp32: 'float32',
  fp16: 'float16',
};

function dtypeOf(tree: Tree): Sourced<DType> {
  const text = tree.text('dtype', 'fp32');
  const name = known(text);
  return { value: name === undefined ? UNKNOWN : (DTYPES[name] ?? UNKNOWN), origin: text.origin };
}

function precision(tree: Tree): RunDraft {
  const dtype = dtypeOf(tree);
  const same = derived<DType>(dtype.value, '`dtype` is that of everything', dtype);
  const text = known(tree.text('dtype', 'fp32'));
  const asked = text === 'bf16' || text === 'fp32' || text === 'fp16' ? text : UNKNOWN;
  return {
    loadDtype: dtype,
    trainableDtype: same,
    computeDtype: same,
    optimizerDtype: same,
    precision: { value: asked, origin: dtype.origin },
    mixedPrecision: byDefault<MixedPrecision>('none', 'torchtune has no autocast'),
    masterWeights: byDefault(false, 'torchtune keeps no fp32 copy'),
    lossScaling: byDefault<'none'>('none', 'torchtune scales no loss'),
  };
}

function batch(tree: Tree): RunDraft {
  const loss = tree.component('loss');
  const chunked = /Chunked|LinearCrossEntropy/.test(known(loss) ?? '');
  return {
    microBatch: tree.int('batch_size'),
    gradientAccumulation: tree.int('gradient_accumulation_steps', 1),
    maxLength: tree.int('tokenizer.max_seq_len'),
    packing: tree.bool('dataset.packed', false),
    gradientCheckpointing: tree.bool('enable_activation_checkpointing', false),
    activationOffload: tree.bool('enable_activation_offloading', false),
    lossKernel: derived<'full' | 'chunked'>(chunked ? 'chunked' : 'full', 'the loss', loss),
    attention: byDefault('sdpa', 'torchtune calls scaled_dot_product_attention'),
    learningRate: tree.float('optimizer.lr'),
    weightDecay: tree.float('optimizer.weight_decay'),
    adamEpsilon: tree.float('optimizer.eps', 1e-8),
    maxGradNorm: tree.float('clip_grad_norm', 0),
  };
}

const PROJECTIONS: Readonly<Record<string, string>> = { output_proj: 'o_proj' };

function lora(tree: Tree): RunDraft {
  const node = tree.find('model.lora_attn_modules')?.node;
  const names = node === undefined ? UNKNOWN : asTexts(node);
  const mlp = tree.bool('model.apply_lora_to_mlp', false);
  const output = tree.bool('model.apply_lora_to_output', false);
  const from = tree.text('model.lora_attn_modules');
  const targets = Array.isArray(names)
    ? [
        ...names.map((name) => PROJECTIONS[name] ?? name),
        ...(mlp.value === true ? ['gate_proj', 'up_proj', 'down_proj'] : []),
        ...(output.value === true ? ['lm_head'] : []),
      ]
    : UNKNOWN;
  return {
    'lora.rank': tree.int('model.lora_rank', 8),
    'lora.alpha': tree.float('model.lora_alpha', 16),
    'lora.dropout': tree.float('model.lora_dropout', 0),
    'lora.targets': derived<readonly string[]>(targets, 'lora_attn_modules', from, mlp, output),
  };
}

function stageOf(tree: Tree, recognized: Recognized): Sourced<Stage> {
  const recipe = recipeOf(recognized) ?? '';
  const loss = tree.component('loss');
  const name = `${recipe} ${known(loss) ?? ''}`;
  if (/dpo/i.test(name)) return derived<Stage>('dpo', 'the loss', loss);
  if (tree.set('ppo_epochs') && tree.set('policy_model'))
    return derived<Stage>('ppo', 'ppo_epochs', tree.int('ppo_epochs'));
  if (/grpo/i.test(name)) return derived<Stage>('grpo', 'the loss', loss);
  if (tree.set('kd_loss')) return derived<Stage>('gkd', 'kd_loss', tree.component('kd_loss'));
  return derived<Stage>('sft', 'the recipe', loss);
}

function parallel(tree: Tree, recognized: Recognized, context: AdapterContext): RunDraft {
  const recipe = recipeOf(recognized);
  const offload = tree.bool('fsdp_cpu_offload', false);
  const tensor = tree.int('tensor_parallel_dim', 1);
  const said = recognized.launch.worldSize ?? context.gpus;
  const name = recipe ?? baseName(recognized.grip.file);
  const several = /distributed/.test(name) || (/single_device/.test(name) ? false : undefined);
  const grip = tree.text('device');
  const world: Sourced<number> =
    several === false
      ? derived(1, 'the recipe uses one device', grip)
      : (said ?? derived<number>(UNKNOWN, 'recipe and launcher decide', grip));
  const spread = several === true || (several === undefined && (known(world) ?? 1) > 1);
  return {
    'parallel.worldSize': world,
    'parallel.tensorParallel': tensor,
    'parallel.sequenceParallel': tree.int('context_parallel_dim', 1),
    ...(spread
      ? {
          'parallel.engine': derived<'fsdp2'>(
            'fsdp2',
            'distributed recipes shard with FSDP2',
            world,
          ),
          'parallel.offloadParams': offload,
          'parallel.offloadOptimizer': offload,
        }
      : {}),
  };
}
