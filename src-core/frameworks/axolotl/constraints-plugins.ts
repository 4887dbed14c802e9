import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import type { Cfg } from './cfg.ts';
import { bounded } from './constraints-values.ts';
import { clash, fsdpOption, rejects, wrong } from './facts.ts';

type Check = (cfg: Cfg) => ReturnType<Constraint['check']>;

/** A check of a plugin; it is made only when the plugin is listed. */
function pluginRejects(plugin: string, id: string, check: Check): Constraint {
  const folder = FOLDERS[plugin] ?? '';
  return rejects(`${folder}-${id}`, `integrations/${folder}/args.py`, (c) =>
    c.plugin(plugin) ? check(c) : undefined,
  );
}

const FOLDERS: Readonly<Record<string, string>> = {
  LigerPlugin: 'liger',
  CutCrossEntropyPlugin: 'cut_cross_entropy',
  KernelsPlugin: 'kernels',
  SwanLabPlugin: 'swanlab',
  SpectrumPlugin: 'spectrum',
  ExpertParallelPlugin: 'expert_parallel',
  NemoGymPlugin: 'nemo_gym',
  MoraPlugin: 'mora',
  DiffusionPlugin: 'diffusion',
};

const LOSSES = [
  'cut_cross_entropy',
  'chunked_cross_entropy',
  'liger_cross_entropy',
  'liger_fused_linear_cross_entropy',
];

const losses = lazy((): readonly Constraint[] => [
  rejects('losses', 'utils/schemas/validation.py', (c) => {
    const [first, second] = LOSSES.filter((key) => c.on(key));
    if (first === undefined || second === undefined) return undefined;
    return clash([second, first], say`\`${first}\` and \`${second}\` both replace the loss`);
  }),
  pluginRejects('CutCrossEntropyPlugin', 'chunked', (c) => {
    if (!c.on('chunked_cross_entropy') || c.on('cut_cross_entropy')) return undefined;
    return wrong(
      ['chunked_cross_entropy', 'plugins'],
      say`Cut Cross Entropy, which \`plugins\` lists, excludes \`chunked_cross_entropy\``,
      [removeOption('chunked_cross_entropy')],
    );
  }),
]);

const liger = lazy((): readonly Constraint[] => [
  pluginRejects('LigerPlugin', 'swiglu', (c) => {
    if (!c.set('liger_swiglu') || !c.set('liger_glu_activation')) return undefined;
    return wrong(
      ['liger_swiglu', 'liger_glu_activation'],
      say`\`liger_swiglu\` is the old name of \`liger_glu_activation\`: both are set`,
      [removeOption('liger_swiglu')],
    );
  }),
  pluginRejects('LigerPlugin', 'tiled', (c) => {
    const key = 'liger_glu_activation';
    if (c.get(key) !== true || c.get('tiled_mlp') !== true) return undefined;
    if (!c.off('tiled_mlp_use_original_mlp')) return undefined;
    return wrong(
      [key, 'tiled_mlp'],
      say`\`${key}\` with \`tiled_mlp\` needs \`tiled_mlp_use_original_mlp: true\``,
      [setOption('tiled_mlp_use_original_mlp', true), removeOption(key)],
    );
  }),
  ...['liger_rms_norm', 'liger_fused_linear_cross_entropy'].map((key) =>
    pluginRejects('LigerPlugin', `tensor-parallel-${key}`, (c) => {
      if (!c.on(key) || (c.number('tensor_parallel_size') ?? 1) <= 1) return undefined;
      return clash(
        [key, 'tensor_parallel_size'],
        say`\`${key}\` does not work with tensor parallelism`,
      );
    }),
  ),
  pluginRejects('LigerPlugin', 'token-scaling', (c) => {
    const needed = 'liger_fused_linear_cross_entropy';
    if (!c.on('liger_use_token_scaling') || !c.off(needed)) return undefined;
    return wrong(
      ['liger_use_token_scaling'],
      say`\`liger_use_token_scaling\` needs \`${needed}\``,
      [setOption(needed, true), removeOption('liger_use_token_scaling')],
    );
  }),
]);

/** What `expert_backend` or the old switches choose. */
function usesSonic(c: Cfg): boolean {
  return c.on('use_sonicmoe') || c.text('expert_backend')?.toLowerCase() === 'sonicmoe';
}

function oneOf(key: string, values: readonly string[], fix = true): Constraint {
  return pluginRejects('KernelsPlugin', key, (c) => {
    const value = c.get(key);
    if (value === undefined || value === null || typeof value === 'symbol') return undefined;
    const name = String(value).toLowerCase();
    if (values.includes(name)) return undefined;
    return wrong(
      [key],
      say`\`${key}\` cannot be \`${String(value)}\`: one of ${values.join(', ')}`,
      fix ? closest(name, values).map((one) => setOption(key, one)) : [],
    );
  });
}

const kernels = lazy((): readonly Constraint[] => [
  oneOf('expert_backend', ['scattermoe', 'sonicmoe', 'eager', 'builtin']),
  oneOf('dsv4_fp4_grouped_mode', ['nvfp4'], false),
  oneOf('dsv4_fp8_nonexpert_mode', ['float8tensor', 'bf16']),
  oneOf('moe_grouped_backend', ['auto', 'marlin', 'cutlass', 'deepgemm']),
  oneOf('nonexpert_quantization', ['none', 'bf16', 'fp8', 'fp8_blockwise', 'nf4', 'nvfp4']),
  pluginRejects('KernelsPlugin', 'two-backends', (c) => {
    const backend = c.text('expert_backend')?.toLowerCase();
    const [scatter, sonic] = [c.get('use_scattermoe'), c.get('use_sonicmoe')];
    const old =
      scatter === true && backend !== undefined && backend !== 'scattermoe'
        ? 'use_scattermoe'
        : sonic === true && backend !== undefined && backend !== 'sonicmoe'
          ? 'use_sonicmoe'
          : undefined;
    if (old !== undefined)
      return clash(
        ['expert_backend', old],
        say`\`${old}\` and \`expert_backend\` choose differently`,
      );
    if (!c.on('use_scattermoe') || !c.on('use_sonicmoe')) return undefined;
    return clash(
      ['use_scattermoe', 'use_sonicmoe'],
      say`ScatterMoE and SonicMoE exclude each other`,
    );
  }),
  pluginRejects('KernelsPlugin', 'chunk', (c) => {
    const key = 'moe_dequant_chunk_size';
    const value = c.get(key);
    if (value === undefined || value === null || typeof value === 'symbol') return undefined;
    const number = typeof value === 'string' ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number > 0) return undefined;
    return wrong([key], say`\`${key}\` must be a whole number above 0`);
  }),
  pluginRejects('KernelsPlugin', 'dsv4-lora', (c) => {
    const key = ['lora_target_modules', 'lora_target_linear'].find((one) => c.on(one));
    if (!c.on('use_dsv4_kernels') || key === undefined || c.on('lora_exclude_modules'))
      return undefined;
    return wrong(
      [key, 'use_dsv4_kernels'],
      say`\`use_dsv4_kernels\` takes LoRA on the experts (\`lora_target_parameters\`), not \`${key}\``,
      [removeOption(key)],
    );
  }),
]);

const MERGE = 'nvfp4_merge_aware';
const START = 'nvfp4_merge_aware_start_step';

const mergeAware = lazy((): readonly Constraint[] => [
  pluginRejects('KernelsPlugin', 'merge-start', (c) => {
    if (!c.set(START) || !c.off(MERGE)) return undefined;
    return wrong([START], say`\`${START}\` needs \`${MERGE}: true\``, [removeOption(START)]);
  }),
  pluginRejects('KernelsPlugin', 'merge', (c) => {
    if (!c.on(MERGE)) return undefined;
    if (!usesSonic(c))
      return wrong([MERGE], say`\`${MERGE}\` needs \`expert_backend: sonicmoe\``, [
        setOption('expert_backend', 'sonicmoe'),
      ]);
    if (!c.is('adapter', 'lora'))
      return wrong([MERGE, 'adapter'], say`\`${MERGE}\` needs \`adapter: lora\``, [
        setOption('adapter', 'lora'),
      ]);
    const fused = ['lora_mlp_kernel', 'lora_qkv_kernel', 'lora_o_kernel'].find(
      (key) => c.get(key) === true,
    );
    if (fused === undefined) return undefined;
    return clash([fused, MERGE], say`\`${fused}\` goes past the layers that \`${MERGE}\` rounds`);
  }),
  pluginRejects('KernelsPlugin', 'merge-step', (c) => {
    const value = c.get(START);
    if (!c.on(MERGE) || value === undefined || value === null) return undefined;
    const bad =
      typeof value === 'boolean' ||
      (typeof value === 'number' &&
        (Number.isInteger(value) ? value < 0 : !(value > 0 && value < 1)));
    if (!bad) return undefined;
    return wrong([START], say`\`${START}\` is a step from 0 on, or a share between 0 and 1`);
  }),
]);

const others = lazy((): readonly Constraint[] => [
  pluginRejects('SwanLabPlugin', 'project', (c) => {
    const enabled = c.get('use_swanlab') === undefined || c.on('use_swanlab');
    if (!enabled || !c.off('swanlab_project')) return undefined;
    return wrong(['use_swanlab', 'plugins'], say`SwanLab needs a \`swanlab_project\``, [
      setOption('use_swanlab', false),
    ]);
  }),
  pluginRejects('SwanLabPlugin', 'blank', (c) => {
    const name = c.text('swanlab_project');
    if (name === undefined || name.trim() !== '') return undefined;
    return wrong(['swanlab_project'], say`\`swanlab_project\` is empty`);
  }),
  pluginRejects('SwanLabPlugin', 'mode', (c) => {
    const mode = c.text('swanlab_mode');
    const modes = ['cloud', 'local', 'offline', 'disabled'];
    if (mode === undefined || modes.includes(mode)) return undefined;
    return wrong(['swanlab_mode'], say`\`swanlab_mode\` is one of ${modes.join(', ')}`);
  }),
  pluginRejects('SpectrumPlugin', 'fsdp', (c) => {
    if (!c.on('fsdp') || !c.on('fsdp_config')) return undefined;
    if (!c.off(fsdpOption(c, 'use_orig_params'))) return undefined;
    return wrong(
      ['fsdp_config', 'plugins'],
      say`Spectrum freezes single weights: FSDP needs \`use_orig_params: true\` for that`,
    );
  }),
  bounded('expert_parallel_size', 1, undefined, 'ExpertParallelPlugin'),
  bounded('expert_parallel_token_capacity', 1, undefined, 'ExpertParallelPlugin'),
  pluginRejects('ExpertParallelPlugin', 'backend', (c) => {
    const key = 'expert_parallel_backend';
    if (!c.set(key) || c.is(key, 'deep_ep')) return undefined;
    return wrong([key], say`\`${key}\` is deep_ep, nothing else`);
  }),
  pluginRejects('NemoGymPlugin', 'paths', (c) => {
    // An unset `nemo_gym_enabled` is filled in after this check.
    if (!c.on('nemo_gym_enabled')) return undefined;
    const starts = c.get('nemo_gym_auto_start') === undefined || c.on('nemo_gym_auto_start');
    if (starts && c.off('nemo_gym_config_paths'))
      return wrong(['nemo_gym_enabled'], say`NeMo Gym needs \`nemo_gym_config_paths\``);
    if (!c.off('nemo_gym_datasets')) return undefined;
    return wrong(['nemo_gym_enabled'], say`NeMo Gym needs \`nemo_gym_datasets\``);
  }),
  pluginRejects('MoraPlugin', 'type', (c) => {
    const value = c.get('mora.mora_type');
    if (value === undefined || typeof value === 'symbol') return undefined;
    if (['sharing', 'rope', 1, 6].some((one) => one === value)) return undefined;
    return wrong(
      ['mora.mora_type'],
      say`\`mora.mora_type\` is sharing or rope (1 and 6 by their old numbers)`,
    );
  }),
  pluginRejects('LLMCompressorPlugin', 'section', (c) =>
    c.get('llmcompressor') === undefined
      ? wrong(['plugins'], say`the LLM Compressor plugin needs an \`llmcompressor\` section`)
      : undefined,
  ),
]);

const diffusion = lazy((): readonly Constraint[] => [
  ...['min_mask_ratio', 'max_mask_ratio', 'eps'].map((key) =>
    bounded(`diffusion.${key}`, 0, 1, 'DiffusionPlugin'),
  ),
  ...[
    'num_diffusion_steps',
    'generation_interval',
    'num_generation_samples',
    'generation_steps',
    'generation_max_length',
  ].map((key) => bounded(`diffusion.${key}`, 1, undefined, 'DiffusionPlugin')),
  bounded('diffusion.generation_temperature', 0, undefined, 'DiffusionPlugin'),
  pluginRejects('DiffusionPlugin', 'mask-ratios', (c) => {
    const low = c.number('diffusion.min_mask_ratio') ?? 0.1;
    const high = c.number('diffusion.max_mask_ratio') ?? 0.9;
    if (low <= high) return undefined;
    return wrong(
      ['diffusion.min_mask_ratio', 'diffusion.max_mask_ratio'],
      say`\`min_mask_ratio\` is above \`max_mask_ratio\``,
    );
  }),
]);

/** What plugins check when they are listed. */
export const pluginConstraints = lazy((): readonly Constraint[] => [
  ...losses(),
  ...liger(),
  ...kernels(),
  ...mergeAware(),
  ...others(),
  ...diffusion(),
]);
