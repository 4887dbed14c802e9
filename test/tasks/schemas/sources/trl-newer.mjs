// What TRL 1.13.0 has otherwise than the extraction from 1.10.0.dev0, by comparing the two.
import { field } from './shared.mjs';

const SINCE = '1.13';
const added = (file, table) =>
  Object.entries(table).map(([name, [type, value, line]]) =>
    field(name, type, value, `${file}:${line}`, { since: SINCE }),
  );

const distillation = added('trl/trainer/distillation_config.py', {
  cache_implementation: ['str | None', null, 290],
  chat_template_kwargs: ['dict | str | None', null, 275],
  ds3_gather_for_generation: ['bool', true, 226],
  generation_kwargs: ['dict | str | None', null, 266],
  log_unique_prompts: ['bool', false, 384],
  max_tool_calling_iterations: ['int | None', null, 362],
  min_p: ['float | None', null, 259],
  pad_to_multiple_of: ['int | None', null, 239],
  repetition_penalty: ['float', 1, 282],
  shuffle_dataset: ['bool | None', true, 235],
});

const ADDED = {
  DistillationConfig: distillation,
  ServerDistillationConfig: distillation,
  AsyncGRPOConfig: added('trl/experimental/async_grpo/async_grpo_config.py', {
    dtype: ['str', 'float32', 177],
    min_p: ['float | None', null, 258],
    repetition_penalty: ['float', 1, 265],
    top_k: ['int', 0, 251],
    top_p: ['float', 1, 244],
    weight_sync_timeout: ['int', 1800, 314],
  }),
};

/** Gone by 1.13; the release that dropped them was not looked up, so the bound is the one before. */
const GONE = new Set([
  'generation_batch_size',
  'log_completions_steps',
  'num_generations',
  'vllm_sync_frequency',
]);
const DISTILLATION_DEFAULTS = { remove_unused_columns: false, disable_dropout: false, top_p: 1 };

/** The fields of a class as TRL 1.13.0 has them; dropped ones carry `until`. */
export function newer(name, fields) {
  const out = fields.map((item) => {
    if (item.name === 'use_bias_correction_kl') return { ...item, default: true };
    if (!ADDED[name] || name === 'AsyncGRPOConfig') return item;
    if (GONE.has(item.name)) return { ...item, until: '1.12' };
    const value = DISTILLATION_DEFAULTS[item.name];
    return value === undefined ? item : { ...item, default: value };
  });
  return [...out, ...(ADDED[name] ?? [])];
}
