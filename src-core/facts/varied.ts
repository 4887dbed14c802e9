import type { ArchSpec } from './model.ts';

/** The kinds of layers by their widths: slides or not, and whether it has keys and values of its own. */
export const VARIANTS = [0, 1, 2, 3] as const;

/** The kind of decoder layer `index`: 1 for full attention, 2 for keys and values of an earlier layer. */
export function variantOf({ varied, layers }: ArchSpec, index: number): number {
  if (varied === undefined) return 0;
  const full = (index + 1) % varied.interval === 0 ? 1 : 0;
  return index >= layers - (varied.sharedLayers ?? 0) ? full + 2 : full;
}

/** The dimensions of layers of that kind. */
export function archOfVariant(arch: ArchSpec, variant: number): ArchSpec {
  const { varied } = arch;
  if (varied === undefined) return arch;
  const heads = variant % 2 === 1 ? { headDim: varied.headDim, kvHeads: varied.kvHeads } : {};
  const times = variant > 1 && varied.sharedWide ? 2 : 1;
  return { ...arch, ...heads, intermediateSize: times * arch.intermediateSize };
}

/** Projections that such a layer has for keys and values. */
export function keyProjections({ varied }: ArchSpec, variant: number): 0 | 1 | 2 {
  if (variant > 1) return 0;
  return variant === 1 && varied?.keyIsValue ? 1 : 2;
}

/** Parameters of layers of that kind outside attention's projections and the feed-forward block. */
export function variedNorms({ hiddenSize: h, varied, moe }: ArchSpec): number {
  const own = varied?.perLayer ?? 0;
  return (4 + (moe ? 3 : 0) + (own > 0 ? 1 : 0)) * h + 2 * own * h;
}

/** Parameters outside the layers that a model with embeddings for each layer has. */
export function perLayerParams({ hiddenSize: h, layers, vocabSize, varied }: ArchSpec): number {
  const own = varied?.perLayer ?? 0;
  return own > 0 ? (vocabSize + h) * layers * own + own : 0;
}
