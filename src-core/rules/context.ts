import type { FitPlan } from '../estimate/fit.ts';
import type { Estimate } from '../estimate/result.ts';
import type { EstimateSpec } from '../estimate/spec.ts';
import type { DType } from '../facts/dtypes.ts';
import type { QuickVerdict } from '../probe/verdict.ts';

/** Numbers that rules may ask for. Each is computed once for a run, when first asked. */
export interface RuleContext {
  /** Memory of the run, or `undefined` when the model's dimensions are not known. */
  estimate(): Estimate | undefined;
  /** Memory of the same run with some of its values changed; `undefined` while the user is typing. */
  estimateWith(changes: Partial<EstimateSpec>): Estimate | undefined;
  /** Memory of the same run with an evaluation of so many samples behind its steps. */
  evaluation(batch: number): Estimate | undefined;
  /** The same for the shortest samples imaginable: what no data can get below. */
  leastEstimate(): Estimate | undefined;
  /** Fields the estimate had to assume, by name. */
  assumed(): readonly string[];
  /** What would fit the card, cheapest first; empty while the user is typing. */
  fits(): readonly FitPlan[];
  /** What published figures say of the compute dtype, or `undefined` without a model. */
  probe(): QuickVerdict | undefined;
  /** The same if weights and products were of another dtype. */
  probeAs(dtype: DType): QuickVerdict | undefined;
}
