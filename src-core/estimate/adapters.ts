import type { EstimateSpec } from './spec.ts';

/** Names of an expert's parts before transformers 5 stacked them, and of the stacks. */
const UP: readonly string[] = ['gate_proj', 'up_proj', 'w1', 'w3', 'gate_up_proj'];
const DOWN: readonly string[] = ['down_proj', 'w2'];
/**
 * Model types whose stacked experts PEFT 0.21 adapts where the names of their parts are targets
 * (`utils/transformers_weight_conversion.py`).
 */
const STACKED: readonly string[] = [
  'mixtral',
  'minimax',
  'minimax_m2',
  'deepseek_v2',
  'deepseek_v3',
  'dots1',
  'ernie4_5_moe',
  'glm4_moe',
  'qwen3_moe',
  'qwen3_next',
  'hunyuan_v1_moe',
  'olmoe',
  'exaone_moe',
];

/**
 * Ranks of the adapters on the two stacks of experts, 0 for none: gate and up share a stack, so its
 * rank is theirs together.
 */
export function expertRanks({ arch, adapter }: EstimateSpec): readonly [number, number] {
  if (adapter === null || !STACKED.includes(arch.modelType)) return [0, 0];
  const { rank, targets } = adapter;
  const hit = (names: readonly string[]): boolean =>
    targets === 'all-linear' || targets.some((target) => names.includes(target));
  return [hit(UP) ? 2 * rank : 0, hit(DOWN) ? rank : 0];
}

/** Names that transformers gives token embeddings and heads. */
const EMBEDDINGS: readonly string[] = ['embed_tokens', 'embed_in', 'wte', 'word_embeddings'];
const HEADS: readonly string[] = ['lm_head', 'embed_out', 'output_layer', 'score'];

/** Whether a row of scores stands in the place of the head. */
export function isClassifier({ stage, valueHead }: EstimateSpec): boolean {
  return stage === 'classify' || stage === 'embed' || (stage === 'reward' && valueHead !== true);
}

/** Which modules train in full beside adapters. PEFT adds the head of a sequence classifier. */
export function savedModules(spec: EstimateSpec): {
  readonly embedding: boolean;
  readonly head: boolean;
} {
  const { adapter } = spec;
  if (adapter === null) return { embedding: false, head: false };
  const named = (known: readonly string[]): boolean =>
    adapter.modulesToSave.some((name) => known.includes(name.split('.').at(-1) ?? name));
  return { embedding: named(EMBEDDINGS), head: isClassifier(spec) || named(HEADS) };
}
