import type { EstimateSpec } from './spec.ts';

/** Names that transformers gives token embeddings and heads. */
const EMBEDDINGS: readonly string[] = ['embed_tokens', 'embed_in', 'wte', 'word_embeddings'];
const HEADS: readonly string[] = ['lm_head', 'embed_out', 'output_layer', 'score'];

/** Which modules train in full beside adapters. PEFT adds the head of a sequence classifier. */
export function savedModules(spec: EstimateSpec): {
  readonly embedding: boolean;
  readonly head: boolean;
} {
  const { adapter } = spec;
  if (adapter === null) return { embedding: false, head: false };
  const named = (known: readonly string[]): boolean =>
    adapter.modulesToSave.some((name) => known.includes(name.split('.').at(-1) ?? name));
  return { embedding: named(EMBEDDINGS), head: spec.stage === 'reward' || named(HEADS) };
}
