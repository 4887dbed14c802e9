import { alsoAssuming, estimate } from '../estimate/estimate.ts';
import { type FitPlan, fit } from '../estimate/fit.ts';
import { type MappedRun, specFromRun } from '../estimate/from-run.ts';
import { leversOf } from '../estimate/levers.ts';
import type { Estimate } from '../estimate/result.ts';
import type { EstimateSpec } from '../estimate/spec.ts';
import { dtypeSpecFromRun } from '../probe/from-run.ts';
import { type QuickVerdict, quickVerdict } from '../probe/verdict.ts';
import type { RuleContext } from '../rules/context.ts';
import { changesOf } from '../rules/memory/fit-changes.ts';
import type { Change } from '../run/fix-intent.ts';
import { known } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import type { Watch } from '../syntax/watch.ts';
import { lazy } from '../text/lazy.ts';
import { memoize } from './memo.ts';

const remembered = memoize(estimate, 64);

/** What a search is for. */
interface Searched {
  readonly spec: EstimateSpec;
  /** Bytes of the card. */
  readonly memory: number;
  /** Numbers of the levers that may be pulled. */
  readonly levers: readonly number[];
}

const rememberedFit = memoize(({ spec, memory, levers }: Searched) => {
  const free = leversOf(spec).filter((_, i) => levers.includes(i));
  return fit(spec, memory, { whole: remembered, levers: free });
}, 16);

/** Levers whose changes can be written into the files, by number. */
function writable({ spec, unknown }: MappedRun, writes: Writes): readonly number[] {
  // What stands for an optimizer that is not known is nothing to change.
  const kept = unknown.includes('optimizer') ? 'optimizer' : undefined;
  return leversOf(spec).flatMap(({ slot, changes }, i) =>
    slot !== kept && writes(changesOf(changes)) ? [i] : [],
  );
}

/** Whether the run's framework has a spelling for all of the changes. */
type Writes = (changes: readonly Change[]) => boolean;

/**
 * Numbers of one run, each computed when first asked. `writes` is there when settings that fit are to
 * be looked for, too: only what it says yes to is suggested. Whoever takes a number that was made from
 * the watched value has looked at it.
 */
export function ruleContext(
  run: TrainingRun,
  writes: Writes | undefined,
  watch?: Watch,
): RuleContext {
  const once = <T>(make: () => T): (() => T) =>
    watch === undefined ? lazy(make) : keptFor(watch, make);
  const spec = once(() => specFromRun(run));
  const dtypes = once(() => dtypeSpecFromRun(run));
  return {
    estimate: once((): Estimate | undefined => {
      const found = spec();
      return found && alsoAssuming(remembered(found.spec), found.assumptions);
    }),
    estimateWith(changes): Estimate | undefined {
      const found = spec();
      if (writes === undefined || found === undefined) return undefined;
      return remembered({ ...found.spec, ...changes });
    },
    evaluation(batch): Estimate | undefined {
      const found = spec();
      return found && remembered({ ...found.spec, evaluation: batch });
    },
    leastEstimate: once((): Estimate | undefined => {
      const found = spec();
      return found === undefined ? undefined : remembered(leastOf(found));
    }),
    assumed: () => spec()?.unknown ?? [],
    fits: once((): readonly FitPlan[] => {
      const gpu = known(run.gpu);
      const found = spec();
      if (writes === undefined || !gpu || found === undefined) return [];
      const levers = writable(found, writes);
      return rememberedFit({ spec: found.spec, memory: gpu.memoryBytes, levers });
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
 * the limit. Where nothing says whether activations are kept, they may be made again. transformers before 5 kept experts as linear layers, which quantisation packs.
 */
function leastOf({ spec, unknown }: MappedRun): EstimateSpec {
  const { batching, quantization, arch, checkpointing, rollout } = spec;
  const checkpoints = unknown.includes('gradientCheckpointing');
  const packs = quantization !== null && arch.moe !== undefined;
  return {
    ...spec,
    ...(batching === 'packed' ? {} : { sequenceLength: Math.min(spec.sequenceLength, SHORT) }),
    rollout: {
      ...rollout,
      promptTokens: Math.min(rollout.promptTokens, SHORT / 2),
      completionTokens: Math.min(rollout.completionTokens, SHORT / 2),
    },
    ...(checkpoints ? { checkpointing: { ...checkpointing, mode: 'non-reentrant' } } : {}),
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
