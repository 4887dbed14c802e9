import { type FloatFormat, formatOf, fp32 } from './formats.ts';
import type { DtypeSpec } from './spec.ts';

/**
 * The format of the residual stream. Under autocast over fp32 weights, matrix products give 16 bit
 * but embeddings, norms and residual sums stay fp32. DeepSpeed and Megatron, which keep master
 * weights, run the whole model in 16 bit, and so does a model loaded in 16 bit.
 */
export function residualFormat(spec: DtypeSpec): FloatFormat {
  const compute = formatOf(spec.computeDtype) ?? fp32;
  if (spec.residualDtype !== undefined) return formatOf(spec.residualDtype) ?? compute;
  const autocast = spec.mixedPrecision !== 'none' && !spec.masterWeights;
  const loaded = formatOf(spec.loadDtype);
  // fp16 products added to a bf16 stream promote to fp32 as well.
  return autocast && loaded !== undefined && loaded !== compute ? fp32 : compute;
}
