import type { DType, MixedPrecision } from '../facts/dtypes.ts';
import type { ArchSpec } from '../facts/model.ts';

/** How scores become weights: `eager` stores QK^T in the compute dtype, fused kernels keep it in fp32. */
export type AttentionPath = 'eager' | 'sdpa' | 'flash';

/** What published figures are looked up for: the model and the formats of a run, in plain values. */
export interface DtypeSpec {
  /** Hub id, or the path as written. */
  readonly model: string;
  readonly arch?: ArchSpec;
  /** Dtype the checkpoint was published in. */
  readonly publishedDtype?: DType;
  /** Dtype of forward matrix products. */
  readonly computeDtype: DType;
  readonly loadDtype: DType;
  readonly trainableDtype: DType;
  /** Dtype of embeddings, norms and the residual stream, where it is not what loading decides. */
  readonly residualDtype?: DType;
  readonly mixedPrecision: MixedPrecision;
  readonly attention: AttentionPath;
  readonly lossScaling: 'none' | 'dynamic' | 'static';
  readonly masterWeights: boolean;
  readonly optimizerDtype: DType;
  readonly stage: string;
}

/** What the emulated step needs beside. */
export interface ProbeSpec extends DtypeSpec {
  /** Longest sequence, in tokens. */
  readonly maxLength: number;
}
