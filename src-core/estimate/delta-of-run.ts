import type { ArchSpec } from '../facts/model.ts';
import { knownOr } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import type { EstimateSpec } from './spec.ts';

/** Frameworks that stop where samples are packed and flash-linear-attention is missing. */
const STOPS_PACKED: readonly string[] = ['axolotl', 'swift'];

/**
 * How a run computes gated delta nets, where that is known: Unsloth bundles the kernels of
 * flash-linear-attention (unsloth models/loader.py, `FLA_MODEL_TYPE_PREFIXES`); packed samples need them
 * in axolotl (monkeypatch/models/qwen3_5/modeling.py) and ms-swift 4.5 (swift/model/models/qwen.py,
 * `_get_linear_attention_kernels`).
 */
export function deltaOfRun(run: TrainingRun, arch: ArchSpec): Pick<EstimateSpec, 'deltaRule'> {
  if (arch.delta === undefined) return {};
  const packed = knownOr(run.packing, false) && STOPS_PACKED.includes(run.framework);
  return packed || run.framework === 'unsloth' ? { deltaRule: 'fused' } : {};
}
