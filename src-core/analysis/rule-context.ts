import { estimate } from '../estimate/estimate.ts';
import { type FitPlan, fit } from '../estimate/fit.ts';
import { specFromRun } from '../estimate/from-run.ts';
import type { Estimate } from '../estimate/result.ts';
import type { EstimateSpec } from '../estimate/spec.ts';
import { dtypeSpecFromRun } from '../probe/from-run.ts';
import { type QuickVerdict, quickVerdict } from '../probe/verdict.ts';
import type { RuleContext } from '../rules/context.ts';
import { known } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import type { Watch } from '../syntax/watch.ts';
import { lazy } from '../text/lazy.ts';
import { memoize } from './memo.ts';

const remembered = memoize(estimate, 64);
const rememberedFit = memoize(
  ({ spec, memory }: { spec: EstimateSpec; memory: number }) => fit(spec, memory, remembered),
  16,
);

/**
 * Numbers of one run, each computed when first asked. `search`: look for settings that fit, too.
 * Whoever takes a number that was made from the watched value has looked at it.
 */
export function ruleContext(run: TrainingRun, search: boolean, watch?: Watch): RuleContext {
  const once = <T>(make: () => T): (() => T) =>
    watch === undefined ? lazy(make) : keptFor(watch, make);
  const spec = once(() => specFromRun(run));
  const dtypes = once(() => dtypeSpecFromRun(run));
  return {
    estimate: once((): Estimate | undefined => {
      const found = spec();
      return found === undefined ? undefined : remembered(found.spec);
    }),
    estimateWith(changes): Estimate | undefined {
      const found = spec();
      if (!search || found === undefined) return undefined;
      return remembered({ ...found.spec, ...changes });
    },
    leastEstimate: once((): Estimate | undefined => {
      const found = spec();
      return found === undefined ? undefined : remembered(leastOf(found.spec));
    }),
    assumed: () => spec()?.unknown ?? [],
    fits: once((): readonly FitPlan[] => {
      const gpu = known(run.gpu);
      const found = spec();
      return !search || !gpu || found === undefined
        ? []
        : rememberedFit({ spec: found.spec, memory: gpu.memoryBytes });
    }),
    probe: once((): QuickVerdict | undefined => {
      const found = dtypes();
      return found && quickVerdict(found);
    }),
    probeAs(dtype): QuickVerdict | undefined {
      const found = dtypes();
      return found && quickVerdict({ ...found, computeDtype: dtype, loadDtype: dtype });
    },
  };
}

/** Samples of this many tokens exist in any data set. */
const SHORT = 128;

/**
 * What a run needs at least. Only packing fills every sequence; without it data may be shorter than
 * the limit. transformers before 5 kept experts as linear layers, which quantisation packs.
 */
function leastOf(spec: EstimateSpec): EstimateSpec {
  const { batching, quantization, arch } = spec;
  const packs = quantization !== null && arch.moe !== undefined;
  return {
    ...spec,
    ...(batching === 'packed' ? {} : { sequenceLength: Math.min(spec.sequenceLength, SHORT) }),
    ...(packs ? { quantization: { ...quantization, experts: true } } : {}),
  };
}

function keptFor<T>(watch: Watch, make: () => T): () => T {
  const value = lazy(() => watch.looksIn(make));
  return () => {
    const { result, looked } = value();
    if (looked) watch.lookAgain();
    return result;
  };
}
