import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import { numberOfText } from '../convert.ts';
import { findKey } from '../resolve-key.ts';
import { isMap } from './cfg.ts';
import { itemConstraints, show } from './constraints-items.ts';
import { rejects, wrong } from './facts.ts';
import { rootScope } from './scopes.ts';

const CONFIG = 'utils/schemas/config.py';
const DEPRECATED = 'utils/schemas/deprecated.py';

const float = (value: string): boolean => numberOfText(value) !== undefined;

/** Numbers with bounds, by path: lowest, highest. */
const BOUNDS: readonly (readonly [path: string, low: number, high?: number])[] = [
  ['relora_prune_ratio', 0, 1],
  ['dynamic_checkpoint.check_interval', 1],
  ['ebft.gt_length_multiplier', 0.1],
  ['ebft.stride', 1],
  ['ebft.context_length', 1],
  ['ebft.generate_max_len', 1],
  ['ebft.n_samples_per_prompt', 1],
  ['ebft.temperature', 0],
  ['ebft.top_p', 0, 1],
  ['ebft.min_completion_prefix', 0],
];

/** `low` to `high` for a number of a config, both allowed. */
export function bounded(
  path: string,
  low: number,
  high: number | undefined,
  plugin?: string,
): Constraint {
  return rejects(`bounds-${path}`, CONFIG, (c) => {
    if (plugin !== undefined && !c.plugin(plugin)) return undefined;
    const value = c.number(path);
    if (value === undefined || (value >= low && value <= (high ?? Infinity))) return undefined;
    const range = high === undefined ? say`at least ${low}` : say`from ${low} to ${high}`;
    return wrong([path], say`\`${path}\` must be ${range}, not ${value}`);
  });
}

const choices = lazy((): readonly Constraint[] => [
  {
    ...rejects('learning-rate', 'utils/schemas/training.py', (c) => {
      const rate = c.text('learning_rate');
      if (rate === undefined || rate === '' || float(rate) || /^[+-]?nan$/i.test(rate.trim()))
        return undefined;
      return wrong(['learning_rate'], say`\`learning_rate\` takes a number, not \`${rate}\``);
    }),
    rule: 'wrong-type' as const,
  },
  {
    ...rejects('chat-template', CONFIG, (c) => {
      const name = c.text('chat_template');
      const known = findKey(rootScope([]), 'chat_template')?.choices?.map(String) ?? [];
      if (name === undefined || known.includes(name)) return undefined;
      if (name.startsWith('tokenizer_default_fallback_')) return undefined;
      return wrong(
        ['chat_template'],
        say`axolotl has no chat template \`${name}\`: write it in \`chat_template_jinja\`, or take \`tokenizer_default\``,
        closest(name, known).map((one) => setOption('chat_template', one)),
      );
    }),
    rule: 'bad-choice' as const,
  },
  rejects('resize-algorithm', 'utils/schemas/multimodal.py', (c) => {
    const key = 'image_resize_algorithm';
    const name = c.text(key);
    if (name === undefined || /^(?:bilinear|bicubic|lanczos)$/i.test(name)) return undefined;
    return wrong([key], say`\`${key}\` is bilinear, bicubic or lanczos, not \`${name}\``);
  }),
  rejects('large-heads', CONFIG, (c) => {
    const key = 'large_head_attention';
    const value = c.get(key);
    if (typeof value !== 'string' || /^(?:auto|sdpa|triton_flash)$/i.test(value)) return undefined;
    return wrong([key], say`\`${key}\` is auto, sdpa or triton_flash, not \`${value}\``);
  }),
  rejects('compile-flags', CONFIG, (c) => {
    const key = 'torch_compile_options';
    const map = c.get(key);
    if (!isMap(map)) return undefined;
    const bad = Object.keys(map).find((one) => !INDUCTOR.has(one));
    if (bad === undefined) return undefined;
    return wrong(
      [key],
      say`\`${bad}\` is not one of the inductor options that axolotl lets through: ${[...INDUCTOR].join(', ')}`,
    );
  }),
  ...['qat', 'quantization'].flatMap((section) =>
    ['weight_dtype', 'activation_dtype'].map((key) =>
      rejects(`${section}-${key}`, 'utils/schemas/quantization.py', (c) => {
        const path = `${section}.${key}`;
        const value = c.get(path);
        if (value === undefined || typeof value === 'symbol') return undefined;
        if (value === null ? key === 'activation_dtype' : AO_DTYPES.has(String(value)))
          return undefined;
        return wrong(
          [path],
          say`\`${path}\` cannot be \`${show(value)}\`: one of ${[...AO_DTYPES].join(', ')}`,
        );
      }),
    ),
  ),
]);

const INDUCTOR: ReadonlySet<string> = new Set([
  'coordinate_descent_tuning',
  'coordinate_descent_check_all_directions',
  'shape_padding',
  'epilogue_fusion',
  'max_autotune_gemm',
  'fx_graph_cache',
  'assume_aligned_inputs',
  'comprehensive_padding',
  'decompose_mem_bound_mm',
  'triton.cudagraphs',
]);
const AO_DTYPES: ReadonlySet<string> = new Set([
  'int4',
  'int8',
  'float8_e4m3fn',
  'fp8',
  'float8',
  'nvfp4',
  'mxfp4',
]);

/** Options that axolotl refuses by name, whatever the value or only when true. */
const REFUSED: readonly (readonly [key: string, when: 'set' | 'on', why: Phrase])[] = [
  ['max_packed_sequence_len', 'on', say`use \`sample_packing\` with \`sequence_len\``],
  ['rope_scaling', 'on', say`write it in \`model_config\``],
  ['dpo_use_logits_to_keep', 'set', say`TRL has no such option since 0.29`],
  ['dpo_generate_during_eval', 'set', say`TRL has no such option since 0.29`],
  ['dpo_norm_loss', 'set', say`TRL changed it in 0.29`],
  ['rpo_alpha', 'set', say`TRL asks for several loss types instead since 0.29`],
  ['s2_attention', 'on', say`shifted sparse attention is gone`],
  ['flash_attn_rms_norm', 'on', say`the kernel is gone`],
];

const refused = lazy((): readonly Constraint[] =>
  REFUSED.map(([key, when, why]) => ({
    ...rejects(`refused-${key}`, DEPRECATED, (c) => {
      if (when === 'on' ? !c.on(key) : !c.set(key)) return undefined;
      return wrong([key], say`axolotl refuses \`${key}\`: ${why}`, [removeOption(key)]);
    }),
    rule: 'removed-key' as const,
  })),
);

/** What single options may hold. */
export const valueConstraints = lazy((): readonly Constraint[] => [
  ...itemConstraints(),
  ...BOUNDS.map(([path, low, high]) => bounded(path, low, high)),
  ...choices(),
  ...refused(),
]);
