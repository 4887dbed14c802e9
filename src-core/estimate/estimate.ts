import { bytes } from '../run/units.ts';
import { type Message, say } from '../text/message.ts';
import { MODEL, withOtherModels } from './beside.ts';
import { spreadsLayers } from './device-map.ts';
import { carriedOut } from './engine.ts';
import { around, downTo, plus, upTo } from './interval.ts';
import { keptPlayed } from './kept.ts';
import { Layout } from './layout.ts';
import { bytesOf } from './moments.ts';
import type { HeldPeak } from './peaks.ts';
import { planLayers } from './plan.ts';
import { type Played, play } from './play.ts';
import { actOut } from './program.ts';
import { replay } from './replay.ts';
import type { Component, ComponentShare, Estimate, TimelineSample, Widening } from './result.ts';
import { shard } from './sharding.ts';
import type { EstimateSpec } from './spec.ts';
import { fullestCard } from './spread.ts';
import { closedForm } from './terms/closed-form.ts';
import { leastKept } from './terms/compiled.ts';
import { componentName, trace } from './trace.ts';
import { withVllm } from './vllm.ts';
import { assumptionsOf, widenings } from './widen.ts';

/** Half width of the interval when everything is inside the model. */
const ALLOCATED_BAND = 0.02;
const RESERVED_BAND = 0.06;

/** The memory that `spec` needs on one GPU: peak, where it happens, and how sure that is. */
export function estimate({ vllm, others = 0, ...spec }: EstimateSpec): Estimate {
  const trainer = trainerOf(spec);
  const origin = origins.get(trainer);
  if ((vllm === undefined && others === 0) || origin === undefined) return trainer;
  const all = withOtherModels(trainer, spec, others);
  const result = vllm === undefined ? all : withVllm(all, spec, vllm);
  const { components } = result;
  const awake = vllm?.sleeps ? 0 : bytesOf(components, 'vLLM');
  origins.set(result, { ...origin, beside: awake + bytesOf(components, 'other models') });
  return result;
}

function trainerOf(spec: EstimateSpec): Estimate {
  const known = spec.arch.delta === undefined || spec.deltaRule !== undefined;
  const result = known ? carriedOutOf(spec) : ofEitherRule(spec);
  return spec.compiled ? compiledOf(result, spec) : result;
}

/** What a step keeps at its highest moment whatever is fused. */
const KEPT = [...MODEL, 'optimizer states', 'master weights', 'other models', 'vLLM'] as const;

/** torch.compile fuses ops, which are counted one by one here: the low end has what it cannot make again. */
function compiledOf(one: Estimate, spec: EstimateSpec): Estimate {
  const { components, peakAllocated, peakReserved, context } = one;
  const held = (name: Component): number => bytesOf(components, name);
  const kept = KEPT.reduce((sum, name) => sum + held(name), 0);
  const { activations, logits } = leastKept(spec);
  const passes = Math.min(held('activations'), activations) + Math.min(held('logits'), logits);
  const least = bytes(Math.round(kept + Math.max(passes, held('gradients'))));
  const reserved = downTo(peakReserved, least);
  const result = {
    ...one,
    peakAllocated: downTo(peakAllocated, least),
    peakReserved: reserved,
    device: { ...one.device, low: bytes(Math.min(one.device.low, reserved.low + context)) },
  };
  const origin = origins.get(one);
  if (origin !== undefined) origins.set(result, origin);
  return alsoAssuming(result, [
    say`torch.compile fuses nothing; the low end is with what it may fuse`,
  ]);
}

/**
 * Where it is not known how gated delta nets are computed: what is expected is flash-linear-attention,
 * which Unsloth bundles (unsloth models/loader.py, `FLA_MODEL_TYPE_PREFIXES`) and ms-swift has installed
 * (docs/source_en/BestPractices/Qwen3_8-Best-Practice.md); the high ends are without it.
 */
function ofEitherRule(spec: EstimateSpec): Estimate {
  const fused = carriedOutOf({ ...spec, deltaRule: 'fused' });
  const plain = carriedOutOf({ ...spec, deltaRule: 'plain' });
  const result = {
    ...fused,
    peakAllocated: upTo(fused.peakAllocated, plain.peakAllocated),
    peakReserved: upTo(fused.peakReserved, plain.peakReserved),
    device: upTo(fused.device, plain.device),
  };
  const origin = origins.get(fused);
  if (origin !== undefined) origins.set(result, origin);
  return alsoAssuming(result, [
    say`flash-linear-attention is installed; the high end is without it`,
  ]);
}

function carriedOutOf(spec: EstimateSpec): Estimate {
  const one = carriedOut(spec);
  if (spreadsLayers(spec)) return spreadOut(one);
  const { first, ...whole } = wholeOf(one);
  return from(one, whole, shard(whole, spec, first));
}

/** The fullest card of a process that spreads the layers, times as many processes as there are. */
function spreadOut(spec: EstimateSpec): Estimate {
  const { spec: own, part, held } = fullestCard(spec, wholeOf);
  const { total, trainable } = closedForm(spec);
  const counted = { ...held, totalParams: total, trainableParams: trainable };
  const parallel = { ...spec.parallel, pipeline: 1 };
  return from(own, part, {
    ...shard(counted, { ...spec, parallel }, []),
    assumptions: assumptionsOf(spec),
    widened: widenings(spec),
  });
}

/** `result`, which was made of what `spec` needs. */
function from(spec: EstimateSpec, whole: Estimate, result: Estimate): Estimate {
  const share = result.peakReserved.expected / Math.max(1, whole.peakReserved.expected);
  origins.set(result, { spec, share, beside: 0, within: new Map() });
  return result;
}

/** The same estimate, which rests on more. */
export function alsoAssuming(one: Estimate, more: readonly Message[]): Estimate {
  const origin = origins.get(one);
  if (more.length === 0 || origin === undefined) return one;
  const result = { ...one, assumptions: [...more, ...one.assumptions] };
  origins.set(result, origin);
  return result;
}

/** The run behind an estimate, and the share of its requests that is left on one GPU. */
interface Origin {
  readonly spec: EstimateSpec;
  readonly share: number;
  /** Bytes of vLLM and of other models that are there all the time. */
  readonly beside: number;
  /** Whether its requests can be met within so many bytes, as far as that was played. */
  readonly within: Map<number, boolean>;
}

/** Where each estimate comes from, while it is in use. */
const origins = new WeakMap<Estimate, Origin>();

/**
 * Whether the expected need of an estimate runs in `room` bytes: certain above what it reserves,
 * impossible below what it allocates; between them the allocator decides.
 */
export function fitsWithin(estimate: Estimate, room: number): boolean {
  const { peakAllocated, peakReserved } = estimate;
  if (room >= peakReserved.expected) return true;
  const origin = origins.get(estimate);
  if (room < peakAllocated.expected || origin === undefined) return false;
  const { spec, share, beside, within } = origin;
  // Streams that share nothing are not played.
  if (spec.parallel.engine !== 'none') return false;
  const limit = (room - beside) / share;
  const known = within.get(limit);
  if (known !== undefined) return known;
  const { fits } = replay(trace(spec), spec.platform, limit);
  within.set(limit, fits);
  return fits;
}

/** What a run needs undivided, and the highest moments of the layer that runs backward first. */
interface Whole extends Estimate {
  readonly first: readonly TimelineSample[];
}

function wholeOf(spec: EstimateSpec): Whole {
  const { peaks, reserved } = keptPlayed(spec, () => playedOf(spec));
  const timeline = peaks.filter((peak) => !peak.first).map(sampleOf);
  const top = timeline.reduce((a, b) => (b.total > a.total ? b : a));
  const form = closedForm(spec);
  const widened = widenings(spec);
  const extra = Math.hypot(...widened.map((w) => w.by), 0);
  const context = bytes(spec.platform.contextBytes);
  const peakReserved = around(bytes(reserved), RESERVED_BAND + extra);
  return {
    peakAllocated: around(top.total, ALLOCATED_BAND + extra),
    peakReserved,
    device: plus(peakReserved, context),
    context,
    components: top.components,
    peakPhase: top.phase,
    peakOp: top.op,
    timeline,
    closedForm: bytes(Math.round(form.peak)),
    totalParams: form.total,
    trainableParams: form.trainable,
    assumptions: assumptionsOf(spec),
    widened,
    first: peaks.filter((peak) => peak.first).map(sampleOf),
  };
}

function playedOf(spec: EstimateSpec): Played {
  const plan = planLayers(spec);
  const layout = new Layout(actOut(spec, plan), plan);
  return play(layout, spec.platform);
}

function sampleOf(peak: HeldPeak): TimelineSample {
  const { step, phase, op } = peak;
  return { step, phase, op, total: bytes(peak.bytes), components: shares(peak.held) };
}

function shares(held: readonly number[]): readonly ComponentShare[] {
  return held
    .map((n, i) => ({ component: componentName(i), bytes: bytes(n) }))
    .filter((share) => share.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}

export type { Widening };
