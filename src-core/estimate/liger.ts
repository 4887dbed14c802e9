import type { EstimateSpec } from './spec.ts';

/** What Liger puts in the place of a model type's own code. */
export interface LigerParts {
  readonly rotary: boolean;
  readonly norms: boolean;
  /** Norms on q and k: only where Liger names them, or its classes were there before the model. */
  readonly headNorms: boolean;
  /** The norm's backward writes over the gradient that it gets. */
  readonly inPlace: boolean;
  readonly mlp: boolean;
  /** `fused`: with the head, no logits. `in-place`: cross entropy that writes over the logits. */
  readonly loss: 'fused' | 'in-place';
}

const ALL: LigerParts = {
  rotary: true,
  norms: true,
  headNorms: false,
  inPlace: true,
  mlp: true,
  loss: 'fused',
};
const COPYING: LigerParts = { ...ALL, inPlace: false };

const QWEN35: LigerParts = { ...COPYING, rotary: false };

const GEMMA4: LigerParts = { ...COPYING, headNorms: true, rotary: false };

/** Liger 0.8.2 `transformers/monkey_patch.py`, type by type; other types stay as they are. */
const PARTS: Readonly<Record<string, LigerParts>> = {
  llama: ALL,
  smollm3: ALL,
  ministral: ALL,
  mistral: ALL,
  mixtral: ALL,
  qwen2: ALL,
  qwen3: ALL,
  qwen3_moe: ALL,
  phi3: ALL,
  hunyuan_v1_dense: ALL,
  gemma: ALL,
  gemma2: COPYING,
  gemma3: { ...COPYING, headNorms: true },
  gemma3_text: { ...COPYING, headNorms: true },
  gemma4: GEMMA4,
  gemma4_text: GEMMA4,
  olmo2: COPYING,
  olmo3: COPYING,
  glm4: { ...COPYING, rotary: false },
  qwen3_5: QWEN35,
  qwen3_5_text: QWEN35,
  qwen3_5_moe: QWEN35,
  qwen3_5_moe_text: QWEN35,
  qwen3_next: QWEN35,
  exaone4: { ...COPYING, headNorms: true },
  gpt_oss: { ...ALL, mlp: false },
  nemotron: { ...ALL, rotary: false, norms: false, mlp: false },
  granite: { ...ALL, loss: 'in-place' },
};

/** Unsloth's kernels keep what Liger's keep, whatever the type (unsloth kernels/). */
const UNSLOTH: LigerParts = { ...ALL, headNorms: true };

/** Liger's parts in a run of `spec`, or their like; null when it is off or does not know the model type. */
export function ligerParts(spec: EstimateSpec): LigerParts | null {
  if (spec.trainer === 'unsloth') return UNSLOTH;
  if (!spec.liger) return null;
  const parts = PARTS[spec.arch.modelType];
  if (parts === undefined) return null;
  return spec.ligerFirst === true ? { ...parts, headNorms: parts.norms } : parts;
}
