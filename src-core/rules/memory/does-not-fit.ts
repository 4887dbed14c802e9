import type { FitPlan } from '../../estimate/fit.ts';
import type { Component, Estimate } from '../../estimate/result.ts';
import { type Verdict, verdict } from '../../estimate/verdict.ts';
import type { GpuRecord } from '../../facts/gpu.ts';
import type { FixIntent } from '../../run/fix-intent.ts';
import { sentence } from '../../run/sentence.ts';
import { isWritten, known, type Sourced } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { bytes, formatBytes, gibibytes } from '../../run/units.ts';
import { isLaunchUnseen } from '../../run/unseen-launch.ts';
import { joined, type Message, say, word } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { changesOf } from './fit-changes.ts';
import { oversizedWeights, unlessSplit } from './weights-exceed-gpu.ts';

/** More memory than the card has. */
export const doesNotFit = defineRule({
  id: 'does-not-fit',
  group: 'memory',
  severity: 'error',
  claim: 'arithmetic',
  fix: 'suggestion',
  summary: 'needs more memory than the card has',
  cites: [
    { label: 'docs/estimate.md: how the figure is made and how far it was off on real runs' },
  ],
  *check(run, context) {
    const gpu = known(run.gpu);
    const estimate = gpu ? context.estimate() : undefined;
    if (!gpu || estimate === undefined || oversizedWeights(run) !== undefined) return;
    if (sharesUnknown(run) || known(run.method) === undefined) return;
    const held = verdict(estimate, gpu.memoryBytes);
    if (held.severity === undefined) return;
    const least = context.leastEstimate();
    const over = least !== undefined && verdict(least, gpu.memoryBytes).severity === 'error';
    const names = context.assumed();
    const counted = held.start !== undefined || !TAKEN.some((name) => names.includes(name));
    const alone = coveredButLaunch(run);
    // Nothing of the training is in the weights of vLLM.
    const told = over && counted && (held.start === 'weights' || covered(run));
    // Where the layers go is up to the release of transformers.
    const sure = told && !run.openEnded && run.parallel.pipelineParallel.value === 1;
    const unseen = over && counted && alone;
    const assumed = held.start === undefined ? assumption(names) : undefined;
    const partly = known(run.modelled) === 'part';
    const open = assumed !== undefined || !counted || !(alone || covered(run));
    const handed = run.openEnded ? HANDED : '';
    const split = alone ? unlessSplit(run) : '';
    const otherwise = say`${unseen ? '' : condition(run, held, assumed)}${split}`;
    const unless = told ? handed : otherwise;
    const mild = !told && !unseen && (held.severity === 'hint' || open) ? 'hint' : 'warning';
    const severity = sure ? 'error' : mild;
    const said = (certain: boolean) =>
      say`${describe(gpu, estimate, held, certain)}${unless}${partly ? BESIDE : ''}`;
    yield {
      at: culprit(run, held.start === undefined ? estimate.components[0]?.component : 'vLLM'),
      message: said(sure),
      ...(sure ? { unsure: said(false) } : {}),
      severity,
      fixes: partly ? [] : context.fits().map((plan) => suggestion(plan, gpu)),
    };
  },
});

/** What is said; `sure` only where the finding is an error, as the line above the run has it too. */
function describe(gpu: GpuRecord, estimate: Estimate, held: Verdict, sure: boolean): Message {
  const { start } = estimate;
  if (start !== undefined && held.start === 'weights')
    return say`vLLM does not start: its weights take at least ${formatBytes(start.weights)}, and it may take ${formatBytes(start.claim)} of the ${gpu.name}`;
  if (start !== undefined && held.start === 'room')
    return say`vLLM does not start: it claims ${formatBytes(start.claim)} of the ${formatBytes(bytes(gpu.memoryBytes))} of the ${gpu.name}, where the weights that train take at least ${formatBytes(start.held)} by then`;
  // As nvidia-smi counts it, like the line above the run and what a fix would make of it.
  const { expected, high } = estimate.device;
  const card = say`${gibibytes(gpu.memoryBytes)} GiB on the ${gpu.name}`;
  const need = say`about ${gibibytes(expected)} of ${card}`;
  const top = estimate.components
    .slice(0, 2)
    .map((share) => say`${word(share.component)} ${formatBytes(share.bytes)}`);
  const parts = say`largest: ${joined(top, ', ')}`;
  if (held.kind === 'tight')
    return say`tight: about ${gibibytes(expected)}, up to ${gibibytes(high)} of ${card}`;
  return sure
    ? say`does not fit: ${need} (${parts})`
    : say`probably does not fit: ${need} (${parts})`;
}

/** Of what trains and what is kept for it: the figure is another one where these are not known. */
const TAKEN = ['method', 'freezeTrainableLayers', 'optimizer'];

/** Whether everything that divides or multiplies memory is known, and of a kind that was measured. */
function covered({ method, quantization, parallel }: TrainingRun): boolean {
  const { worldSize, engine, zeroStage, pipelineParallel, tensorParallel } = parallel;
  const parts = [method, quantization, worldSize, engine, zeroStage];
  if (parts.some((part) => known<unknown>(part) === undefined)) return false;
  const split = known(pipelineParallel) === undefined || known(tensorParallel) !== 1;
  return known(engine) !== 'megatron' && !split;
}

/** Weights that are divided over nobody knows how many cards. */
function sharesUnknown({ parallel }: TrainingRun): boolean {
  const { worldSize, engine, zeroStage } = parallel;
  const kind = known(engine);
  const divides = kind === 'fsdp' || kind === 'fsdp2' || known(zeroStage) === 3;
  return known(worldSize) === undefined && divides;
}

const BESIDE = word('. What else is on the card comes on top: other models, or vLLM');
const HANDED = word(', unless the options that the script hands on make it smaller');

/** The same but for the launch. */
function coveredButLaunch(run: TrainingRun): boolean {
  const { method, quantization, parallel } = run;
  const { pipelineParallel, tensorParallel } = parallel;
  const split = known(pipelineParallel) !== 1 || known(tensorParallel) !== 1;
  const told = [method, quantization].every((part) => known<unknown>(part) !== undefined);
  return isLaunchUnseen(run) && told && !split;
}

/** What the estimate takes for that which nothing states. */
function assumption(names: readonly string[]): Message | undefined {
  const taken = [sizes(names), part(names), states(names)].filter((one) => one !== undefined);
  return taken.length === 0 ? undefined : joined(taken, '. ');
}

function sizes(names: readonly string[]): Message | undefined {
  const length = names.includes('maxLength');
  const batch = names.includes('microBatch');
  if (length && batch)
    return say`Length and batch are not stated: 2,048 tokens and a batch of 1 are taken`;
  if (length) return say`The length is not stated: 2,048 tokens are taken`;
  if (batch) return say`The batch is not stated: 1 is taken`;
  return names.includes('gradientCheckpointing')
    ? say`Whether activations are checkpointed cannot be read: they are taken as kept`
    : undefined;
}

function part(names: readonly string[]): Message | undefined {
  return names.includes('freezeTrainableLayers')
    ? say`Which weights train is not known: the last 2 layers are taken`
    : undefined;
}

function states(names: readonly string[]): Message | undefined {
  return names.includes('optimizer')
    ? say`What the optimizer keeps is not known: the states of AdamW are taken`
    : undefined;
}

/** What has to be true for the figure to hold. */
function condition(run: TrainingRun, { start }: Verdict, assumed: Message | undefined): Message {
  if (start !== undefined) return '';
  if (assumed !== undefined) return say`. ${assumed}`;
  const length = known(run.maxLength);
  if (run.packing.value === true || length === undefined) return '';
  return run.rollout.promptAlone.value === true
    ? say`, once a prompt reaches the limit of ${length} tokens`
    : say`, once a sample reaches the limit of ${length} tokens`;
}

/** The setting behind the largest component, if it is written; else the model. */
function culprit(run: TrainingRun, top: Component | undefined): Sourced<unknown> {
  const byComponent: { readonly [K in Component]?: readonly Sourced<unknown>[] } = {
    activations: [run.maxLength, run.microBatch],
    logits: [run.maxLength, run.microBatch],
    gradients: [run.method],
    'optimizer states': [run.optimizer, run.method],
    'master weights': [run.method],
    weights: [run.model],
    'other models': [run.others],
    vLLM: [run.rollout.utilization, run.rollout.by],
  };
  const blamed = top === undefined ? [] : (byComponent[top] ?? []);
  return [...blamed, run.model].find(isWritten) ?? run.model;
}

function suggestion(plan: FitPlan, gpu: GpuRecord): FixIntent {
  // What the allocator would cache beyond the card it gives back.
  const held = Math.min(plan.estimate.device.expected, gpu.memoryBytes);
  const size = say`${gibibytes(held)} of ${gibibytes(gpu.memoryBytes)} GiB`;
  return {
    title: say`${sentence(plan.title)}: ${plan.tight ? say`${size}, tight` : size}`,
    safety: 'suggestion',
    changes: changesOf(plan.changes),
  };
}
