import type { Activation } from './ops/elementwise.ts';
import type { RmsKind } from './ops/norm.ts';
import type { Rope } from './ops/rope.ts';

/** How a family mixes experts: what its router does, and its expert's activation. */
export interface MoePlan {
  readonly style: 'qwen' | 'gpt_oss';
  readonly experts: number;
  readonly perToken: number;
  readonly intermediate: number;
  readonly sharedIntermediate?: number;
  readonly normalizeTopK?: boolean;
}

/** The graph of one decoder: sizes in features, and every choice that moves a rounding point. */
export interface DecoderPlan {
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly vocab: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly norm: RmsKind | 'layernorm';
  readonly eps: number;
  /** `sandwich` also normalises what attention and MLP give; `parallel` adds both to one input. */
  readonly placement: 'pre' | 'sandwich' | 'parallel';
  /** Whether a parallel block normalises once for both branches (Phi) or twice (GPT-NeoX). */
  readonly sharedNorm?: boolean;
  readonly qkvBias?: boolean;
  readonly outBias?: boolean;
  readonly mlpBias?: boolean;
  readonly headBias?: boolean;
  readonly qkNorm?: RmsKind;
  /** One product for q, k and v: in three blocks (Phi-3) or interleaved by head (GPT-NeoX). */
  readonly fusedQkv?: 'blocks' | 'byHead';
  readonly fusedGateUp?: boolean;
  readonly gated: boolean;
  readonly activation: Activation;
  readonly rope?: Rope;
  readonly learnedPositions?: boolean;
  readonly embedScale?: number;
  readonly scaling: number;
  /** Whether queries are scaled before QK^T rather than scores after it (OPT). */
  readonly scaleQueries?: boolean;
  readonly attnSoftcap?: number;
  readonly finalSoftcap?: number;
  readonly attentionSinks?: boolean;
  readonly tiedHead?: boolean;
  readonly moe?: MoePlan;
}

/** What a family's name (`model_type`) fixes, given the sizes. */
export type Sizes = Pick<
  DecoderPlan,
  'layers' | 'hidden' | 'intermediate' | 'vocab' | 'heads' | 'kvHeads' | 'headDim'
>;

type Style = Omit<DecoderPlan, keyof Sizes | 'scaling' | 'rope' | 'embedScale'> & {
  readonly ropeTheta?: number;
  readonly rotaryShare?: number;
  readonly ropeStyle?: Rope['style'];
  readonly scalesEmbedding?: boolean;
};

const llama: Style = {
  norm: 'llama',
  eps: 1e-6,
  placement: 'pre',
  gated: true,
  activation: 'silu',
  ropeTheta: 10_000,
};

const gemma: Style = {
  ...llama,
  norm: 'gemma',
  activation: 'gelu_pytorch_tanh',
  scalesEmbedding: true,
  tiedHead: true,
};

const qwen3: Style = { ...llama, qkNorm: 'llama' };

const biased = { qkvBias: true, outBias: true, mlpBias: true } as const;

const plain: Style = {
  ...biased,
  norm: 'layernorm',
  eps: 1e-5,
  placement: 'pre',
  gated: false,
  activation: 'relu',
};

/** Each family's graph, by `model_type` of its config.json; transformers 5.17 is what was read. */
export const styles = {
  llama,
  mistral: llama,
  qwen2: { ...llama, qkvBias: true },
  qwen3,
  gemma,
  gemma2: { ...gemma, placement: 'sandwich', attnSoftcap: 50, finalSoftcap: 30 },
  gemma3_text: { ...gemma, placement: 'sandwich', qkNorm: 'gemma' },
  phi: {
    ...plain,
    placement: 'parallel',
    sharedNorm: true,
    headBias: true,
    activation: 'gelu_new',
    ropeTheta: 10_000,
    rotaryShare: 0.5,
  },
  phi3: { ...llama, eps: 1e-5, fusedQkv: 'blocks', fusedGateUp: true },
  gpt_neox: {
    ...plain,
    placement: 'parallel',
    fusedQkv: 'byHead',
    activation: 'gelu',
    ropeTheta: 10_000,
    rotaryShare: 0.25,
  },
  opt: { ...plain, learnedPositions: true, scaleQueries: true, tiedHead: true },
  glm: {
    ...llama,
    eps: 1e-5,
    qkvBias: true,
    fusedGateUp: true,
    rotaryShare: 0.5,
    ropeStyle: 'interleaved',
  },
  glm4: {
    ...llama,
    eps: 1e-5,
    placement: 'sandwich',
    qkvBias: true,
    fusedGateUp: true,
    rotaryShare: 0.5,
    ropeStyle: 'interleaved',
  },
  qwen3_moe: qwen3,
  gpt_oss: {
    ...llama,
    norm: 'gpt_oss',
    eps: 1e-5,
    qkvBias: true,
    outBias: true,
    attentionSinks: true,
    ropeTheta: 150_000,
  },
} as const satisfies Readonly<Record<string, Style>>;

/** A family whose graph is known. */
export type Family = keyof typeof styles;

/** The graph of `family` at these sizes; `moe` for the sparse ones. */
export function decoderPlan(family: Family, sizes: Sizes, moe?: MoePlan): DecoderPlan {
  const style: Style = styles[family];
  const { ropeTheta, rotaryShare = 1, ropeStyle = 'half', scalesEmbedding, ...rest } = style;
  const { headDim, hidden } = sizes;
  const rotaryDim = Math.floor(headDim * rotaryShare);
  return {
    ...rest,
    ...sizes,
    scaling: headDim ** -0.5,
    ...(ropeTheta !== undefined && {
      rope: { theta: ropeTheta, headDim, rotaryDim, style: ropeStyle },
    }),
    ...(scalesEmbedding && { embedScale: hidden ** 0.5 }),
    ...(moe && { moe }),
  };
}
