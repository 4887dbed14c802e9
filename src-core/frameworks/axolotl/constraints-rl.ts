import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import type { Cfg } from './cfg.ts';
import { attentionOf, clash, rejects, worldOf, wrong } from './facts.ts';

const VALIDATION = 'utils/schemas/validation.py';

const general = lazy((): readonly Constraint[] => [
  rejects('packing-rl', VALIDATION, (c) => {
    if (!c.on('sample_packing') || !c.on('rl')) return undefined;
    return wrong(
      ['sample_packing', 'rl'],
      say`samples of \`rl: ${c.text('rl')}\` cannot be packed`,
      [removeOption('sample_packing')],
    );
  }),
  rejects('kto-packing', VALIDATION, (c) => {
    if (!c.is('rl', 'kto') || c.on('sample_packing') || !c.on('eval_sample_packing'))
      return undefined;
    return wrong(['eval_sample_packing', 'rl'], say`samples of KTO cannot be packed`, [
      removeOption('eval_sample_packing'),
    ]);
  }),
  rejects('kto-columns', VALIDATION, (c) => {
    if (!c.is('rl', 'kto') || c.is('remove_unused_columns', false)) return undefined;
    // Set by axolotl itself in these two cases.
    const set =
      !c.set('remove_unused_columns') &&
      (c.on('skip_prepare_dataset') ||
        (c.on('sample_packing') && c.get('eval_sample_packing') === false));
    if (set) return undefined;
    return wrong(['rl', 'remove_unused_columns'], say`KTO needs \`remove_unused_columns: false\``, [
      setOption('remove_unused_columns', false),
    ]);
  }),
  rejects('reentrant-rl', VALIDATION, (c, input) => {
    const asked =
      c.on('rl') &&
      c.on('gradient_checkpointing') &&
      c.on('load_in_4bit') &&
      (worldOf(input, c) ?? 1) > 1;
    if (!asked || !c.is('adapter', 'qlora')) return undefined;
    if (!c.on('gradient_checkpointing_kwargs.use_reentrant')) return undefined;
    return wrong(
      ['gradient_checkpointing_kwargs', 'rl', 'adapter'],
      say`reentrant checkpointing does not work for \`rl\` with QLoRA over several processes: set \`use_reentrant: false\``,
    );
  }),
  rejects('simpo-warmup', VALIDATION, (c) => {
    if (!c.is('rl', 'simpo') || !c.on('warmup_ratio')) return undefined;
    return wrong(['warmup_ratio', 'rl'], say`SimPO takes \`warmup_steps\`, not \`warmup_ratio\``, [
      removeOption('warmup_ratio'),
    ]);
  }),
  rejects('beta-twice', 'utils/schemas/config.py', (c) => {
    const [a, b] = [c.get('beta'), c.get('trl.beta')];
    if (!c.on('beta') || !c.on('trl.beta') || a === b) return undefined;
    return wrong(['trl.beta'], say`\`beta\` and \`trl.beta\` differ: write one of them`);
  }),
  rejects('gdpo-aggregation', VALIDATION, (c) => {
    if (!c.is('rl', 'gdpo')) return undefined;
    if (!c.is('trl.multi_objective_aggregation', 'sum_then_normalize')) return undefined;
    return wrong(
      ['trl.multi_objective_aggregation', 'rl'],
      say`\`sum_then_normalize\` is what GRPO does; GDPO normalises first`,
    );
  }),
]);

const dpo = lazy((): readonly Constraint[] => [
  rejects('dpo-weights-alone', VALIDATION, (c) => {
    if (!c.is('rl', 'dpo') || !c.set('dpo_loss_weights') || c.set('dpo_loss_type'))
      return undefined;
    return wrong(['dpo_loss_weights'], say`\`dpo_loss_weights\` needs \`dpo_loss_type\``, [
      removeOption('dpo_loss_weights'),
    ]);
  }),
  rejects('dpo-weights-count', VALIDATION, (c) => {
    const [types, weights] = [c.list('dpo_loss_type'), c.list('dpo_loss_weights')];
    if (!c.is('rl', 'dpo') || types === undefined || weights === undefined) return undefined;
    if (types.length === weights.length) return undefined;
    return wrong(
      ['dpo_loss_weights', 'dpo_loss_type'],
      say`${types.length} losses in \`dpo_loss_type\`, ${weights.length} in \`dpo_loss_weights\``,
    );
  }),
  rejects('dpo-only', VALIDATION, (c) => {
    const key = ['dpo_loss_type', 'dpo_loss_weights'].find((one) => c.set(one));
    if (key === undefined || c.is('rl', 'dpo')) return undefined;
    return wrong([key, 'rl'], say`\`${key}\` is for \`rl: dpo\` alone`, [removeOption(key)]);
  }),
  ...['dpo_loss_type', 'dpo_loss_weights'].map((key) =>
    rejects(`${key}-empty`, 'utils/schemas/config.py', (c) => {
      if (!c.is('rl', 'dpo') || c.list(key)?.length !== 0) return undefined;
      return wrong([key], say`\`${key}\` needs at least one loss`);
    }),
  ),
]);

/** Samples that one generation step asks for. */
function generationBatch(c: Cfg): number | undefined {
  if (c.set('trl.generation_batch_size')) return c.number('trl.generation_batch_size');
  const [micro, steps] = ['micro_batch_size', 'gradient_accumulation_steps'].map((key) =>
    c.off(key) ? 1 : c.number(key),
  );
  return micro === undefined || steps === undefined ? undefined : micro * steps;
}

const grpo = lazy((): readonly Constraint[] => [
  rejects('grpo-generations', VALIDATION, (c) => {
    const count = c.number('trl.num_generations');
    if (!c.is('rl', 'grpo') || count === undefined || count >= 2) return undefined;
    return wrong(
      ['trl.num_generations', 'rl'],
      say`GRPO compares the generations of one prompt: \`trl.num_generations\` must be at least 2, not ${count}`,
    );
  }),
  rejects('grpo-divisible', VALIDATION, (c, input) => {
    const count = c.number('trl.num_generations');
    if (!c.is('rl', 'grpo') || count === undefined || count < 2) return undefined;
    const size = generationBatch(c);
    if (size === undefined) return undefined;
    if (size % count !== 0)
      return wrong(
        ['trl.num_generations', 'micro_batch_size', 'gradient_accumulation_steps'],
        say`GRPO generates ${count} answers to a prompt; a step of ${size} samples is no multiple of it`,
      );
    const world = worldOf(input, c) ?? 1;
    if (world <= 1 || size >= count * world) return undefined;
    return wrong(
      ['trl.num_generations', 'micro_batch_size', 'gradient_accumulation_steps'],
      say`${world} processes with ${count} generations each need steps of ${count * world} samples, not ${size}`,
    );
  }),
  rejects('grpo-liger-cp', VALIDATION, (c) => {
    if (!c.is('rl', 'grpo') || !c.on('trl.use_liger_loss')) return undefined;
    if ((c.number('context_parallel_size') ?? 1) <= 1) return undefined;
    return wrong(
      ['context_parallel_size', 'trl.use_liger_loss'],
      say`GRPO with Liger's loss does not work with context parallelism`,
      [removeOption('context_parallel_size')],
    );
  }),
]);

const ebft = lazy((): readonly Constraint[] => [
  rejects('ebft-missing', VALIDATION, (c) => {
    if (!c.is('rl', 'ebft') || !c.off('ebft')) return undefined;
    return wrong(['rl'], say`\`rl: ebft\` needs an \`ebft\` section`);
  }),
  rejects('ebft-compile', VALIDATION, (c) => {
    if (!c.is('rl', 'ebft') || !c.is('ebft.mode', 'strided')) return undefined;
    if (c.get('torch_compile') !== true || !c.on('gradient_checkpointing')) return undefined;
    return clash(
      ['torch_compile', 'gradient_checkpointing'],
      say`strided EBFT cannot recompute under \`torch_compile\`; flex attention compiles itself`,
    );
  }),
  rejects('ebft-offload', VALIDATION, (c) => {
    if (!c.is('rl', 'ebft') || !c.is('ebft.mode', 'strided')) return undefined;
    if (!c.is('activation_offloading', true)) return undefined;
    const { name, key } = attentionOf(c);
    if (name !== 'flex_attention') return undefined;
    return wrong(
      ['activation_offloading', key],
      say`strided EBFT with flex attention does not work with \`activation_offloading\``,
      [removeOption('activation_offloading')],
    );
  }),
]);

/** Preference and reinforcement training. */
export const rlConstraints = lazy((): readonly Constraint[] => [
  ...general(),
  ...dpo(),
  ...grpo(),
  ...ebft(),
]);
