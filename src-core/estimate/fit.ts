import { joined, type Message, say } from '../text/message.ts';
import { estimate } from './estimate.ts';
import type { Estimate } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { closedForm } from './terms/closed-form.ts';
import { verdict } from './verdict.ts';

/** A neutral field of the run, and the value it gets. */
export type FitChange =
  | { readonly field: 'microBatch' | 'gradientAccumulation' | 'maxLength'; readonly to: number }
  | { readonly field: 'gradientCheckpointing' | 'liger'; readonly to: boolean }
  | { readonly field: 'optimizer'; readonly to: string }
  | { readonly field: 'quantization'; readonly to: 'nf4' }
  | { readonly field: 'method'; readonly to: 'lora' }
  | { readonly field: 'lora.targets'; readonly to: readonly string[] }
  | { readonly field: 'parallel.zeroStage'; readonly to: 2 | 3 };

/** Changes that make a run fit, with what it then needs. */
export interface FitPlan {
  readonly title: Message;
  readonly changes: readonly FitChange[];
  /** What it costs: 0 nothing but a little time, larger changes the training more. */
  readonly cost: number;
  readonly estimate: Estimate;
  /** Only the expected need fits, the high end of it does not. */
  readonly tight: boolean;
}

interface Step {
  readonly title: Message;
  readonly cost: number;
  readonly changes: readonly FitChange[];
  readonly spec: EstimateSpec;
}

/** Most plans that one search gives. */
const LIMIT = 5;
/** Most whole estimates of one search; the cheapest changes come first. */
const MOST_ESTIMATES = 12;

/**
 * The smallest changes that make `spec` fit a card of `memoryBytes`, cheapest first. Single changes
 * are tried first, then pairs of them. `whole` makes an estimate; the caller's may remember it.
 */
export function fit(
  spec: EstimateSpec,
  memoryBytes: number,
  whole: (spec: EstimateSpec) => Estimate = estimate,
): readonly FitPlan[] {
  const plan = planner(spec, memoryBytes, whole);
  const singles = steps(spec);
  const plans = firstFitting(singles, plan);
  if (plans.length < 2) {
    const fitting = new Set(plans.map((one) => one.changes));
    const misses = singles.filter((step) => !fitting.has(step.changes));
    plans.push(...firstFitting(pairs(misses), plan));
  }
  return plans.sort((a, b) => a.cost - b.cost).slice(0, LIMIT);
}

/** The cheapest steps that fit. */
function firstFitting(all: readonly Step[], plan: Planner): FitPlan[] {
  const found: FitPlan[] = [];
  for (const step of [...all].sort((a, b) => a.cost - b.cost)) {
    const one = found.length < LIMIT ? plan(step) : undefined;
    if (one !== undefined) found.push(one);
  }
  return found;
}

/** Two changes at once. */
function pairs(misses: readonly Step[]): readonly Step[] {
  return misses.flatMap((first) =>
    steps(first.spec)
      .filter((second) => second.cost >= first.cost)
      .map((second) => bothOf(first, second)),
  );
}

type Planner = (step: Step) => FitPlan | undefined;

/** How far over the card the closed form may be for a change to be worth the whole estimate. */
const HOPE = 1.2;

/**
 * Estimates a change, unless the closed form (scaled to what it missed by on the run as it is)
 * leaves no hope that it fits: the search stays quick, and every plan is a whole estimate.
 */
function planner(
  spec: EstimateSpec,
  memoryBytes: number,
  whole: (spec: EstimateSpec) => Estimate,
): Planner {
  const known = whole(spec).peakAllocated.expected;
  const ratio = known / Math.max(1, closedForm(spec).peak);
  let left = MOST_ESTIMATES;
  return (step) => {
    const expected = closedForm(step.spec).peak * ratio;
    const divided = step.changes.some((change) => change.field === 'parallel.zeroStage');
    if ((!divided && expected > memoryBytes * HOPE) || left === 0) return undefined;
    left -= 1;
    return planOf(step, whole(step.spec), memoryBytes);
  };
}

function bothOf(first: Step, second: Step): Step {
  return {
    title: joined([first.title, second.title], ', '),
    cost: first.cost + second.cost,
    changes: [...first.changes, ...second.changes],
    spec: second.spec,
  };
}

function planOf(step: Step, result: Estimate, memoryBytes: number): FitPlan | undefined {
  const held = verdict(result, memoryBytes);
  if (held.kind !== 'fits' && held.kind !== 'tight') return undefined;
  return {
    title: step.title,
    changes: step.changes,
    cost: step.cost,
    estimate: result,
    tight: held.kind === 'tight',
  };
}

/** Every single change that may help, each applied to `spec`. */
function steps(spec: EstimateSpec): readonly Step[] {
  return [
    checkpoint(spec),
    liger(spec),
    ...smallerBatches(spec),
    optimizer(spec),
    ...shards(spec),
    quantize(spec),
    fewerTargets(spec),
    ...shorter(spec),
    adapters(spec),
  ].filter((s): s is Step => s !== undefined);
}

function checkpoint(spec: EstimateSpec): Step | undefined {
  if (spec.checkpointing.mode !== 'none') return undefined;
  return {
    title: say`turn on gradient checkpointing`,
    cost: 1,
    changes: [{ field: 'gradientCheckpointing', to: true }],
    spec: { ...spec, checkpointing: { mode: 'non-reentrant', everyLayers: 1, offload: false } },
  };
}

function liger(spec: EstimateSpec): Step | undefined {
  const fits = spec.stage === 'sft' || spec.stage === 'pretrain';
  if (spec.liger || !fits) return undefined;
  return {
    title: say`use Liger kernels`,
    cost: 1.5,
    changes: [{ field: 'liger', to: true }],
    spec: { ...spec, liger: true, lossKernel: 'fused' },
  };
}

function smallerBatches(spec: EstimateSpec): readonly Step[] {
  const found: Step[] = [];
  for (let b = spec.microBatch / 2; b >= 1 && Number.isInteger(b); b /= 2) {
    const accumulation = (spec.gradientAccumulation * spec.microBatch) / b;
    found.push({
      title:
        b * 2 === spec.microBatch
          ? say`halve micro batch to ${b}, double accumulation to ${accumulation}`
          : say`micro batch ${b}, accumulation ${accumulation}`,
      cost: 2 + Math.log2(spec.microBatch / b) / 8,
      changes: [
        { field: 'microBatch', to: b },
        { field: 'gradientAccumulation', to: accumulation },
      ],
      spec: { ...spec, microBatch: b, gradientAccumulation: accumulation },
    });
  }
  return found;
}

function optimizer(spec: EstimateSpec): Step | undefined {
  if (spec.optimizer.includes('8bit') || spec.adapter !== null) return undefined;
  return {
    title: say`use the 8-bit paged AdamW`,
    cost: 3,
    changes: [{ field: 'optimizer', to: 'paged_adamw_8bit' }],
    spec: { ...spec, optimizer: 'paged_adamw_8bit' },
  };
}

function shards(spec: EstimateSpec): readonly Step[] {
  const { parallel } = spec;
  if (parallel.world < 2 || parallel.engine !== 'deepspeed') return [];
  return ([2, 3] as const)
    .filter((stage) => stage > parallel.zeroStage)
    .map((stage) => ({
      title: say`ZeRO stage ${stage}`,
      cost: stage,
      changes: [{ field: 'parallel.zeroStage' as const, to: stage }],
      spec: { ...spec, parallel: { ...parallel, zeroStage: stage } },
    }));
}

function quantize(spec: EstimateSpec): Step | undefined {
  if (spec.adapter === null || spec.quantization !== null) return undefined;
  return {
    title: say`quantise the frozen weights to nf4 (QLoRA)`,
    cost: 4,
    changes: [{ field: 'quantization', to: 'nf4' }],
    spec: {
      ...spec,
      quantization: {
        method: 'bnb',
        bits: 4,
        type: 'nf4',
        doubleQuant: true,
        computeDtype: spec.mixedPrecision === 'fp16' ? 'float16' : 'bfloat16',
        kbitPrepare: true,
      },
    },
  };
}

function fewerTargets(spec: EstimateSpec): Step | undefined {
  if (spec.adapter === null || spec.adapter.targets !== 'all-linear') return undefined;
  const targets = ['q_proj', 'v_proj'];
  return {
    title: say`adapt only q_proj and v_proj`,
    cost: 5,
    changes: [{ field: 'lora.targets', to: targets }],
    spec: { ...spec, adapter: { ...spec.adapter, targets } },
  };
}

function shorter(spec: EstimateSpec): readonly Step[] {
  const found: Step[] = [];
  for (let n = 2; spec.sequenceLength / n >= 512; n *= 2) {
    const length = Math.floor(spec.sequenceLength / n);
    found.push({
      title: say`truncate to ${length} tokens`,
      cost: 6 + n / 8,
      changes: [{ field: 'maxLength', to: length }],
      spec: { ...spec, sequenceLength: length },
    });
  }
  return found;
}

function adapters(spec: EstimateSpec): Step | undefined {
  if (spec.method !== 'full') return undefined;
  return {
    title: say`train LoRA adapters instead of all weights`,
    cost: 8,
    changes: [{ field: 'method', to: 'lora' }],
    spec: {
      ...spec,
      method: 'lora',
      adapter: {
        rank: 16,
        dropout: 0,
        targets: 'all-linear',
        rslora: false,
        modulesToSave: [],
        dtype: 'float32',
      },
    },
  };
}
