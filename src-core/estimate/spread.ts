import { bytes } from '../run/units.ts';
import { type Card, cardsOf, endsOf } from './device-map.ts';
import { plus, scale } from './interval.ts';
import { bytesOf, endsBackward } from './moments.ts';
import type { Component, Estimate, TimelineSample } from './result.ts';
import { type EstimateSpec, SINGLE_GPU } from './spec.ts';
import { widthsOf } from './terms/saved.ts';

/** The fullest card of a spread model: the run on its part of the layers, and what it needs. */
export interface Fullest {
  readonly spec: EstimateSpec;
  readonly part: Estimate;
  readonly held: Estimate;
}

/** Components that the embedding and the head take their share of. */
const TRAINED: readonly Component[] = ['gradients', 'optimizer states', 'master weights'];

/**
 * The card that needs most where one process spreads the layers over its cards. Each is estimated as the
 * model with the layers that it holds, less the ends that lie elsewhere. Where the head is not on
 * the first card, the model's output is copied there and turned into fp32 (accelerate's
 * `AlignDevicesHook` with `io_same_device`, `convert_outputs_to_fp32`). Against 13 runs on two
 * H200 (test/golden/vram-map.json).
 */
export function fullestCard(
  spec: EstimateSpec,
  wholeOf: (spec: EstimateSpec) => Estimate,
): Fullest {
  const seen = new Map<string, Fullest>();
  const cards = cardsOf(spec);
  const alone = cards.some((card) => card.layers === spec.arch.layers && card.embeds && card.head);
  const run = alone && spec.quantization?.method === 'bnb' ? withAllBatches(spec) : spec;
  for (const card of cards) {
    const key = JSON.stringify(card);
    if (!seen.has(key)) seen.set(key, onCard(card, run, wholeOf));
  }
  const all = [...seen.values()];
  return all.reduce((a, b) =>
    b.held.peakReserved.expected > a.held.peakReserved.expected ? b : a,
  );
}

/**
 * A model that went to one card is not spread (transformers 5.17 modeling_utils.py dispatches it from two devices
 * on). The Trainer takes a batch for each card that it sees then, and leaves a 4-bit model out of
 * DataParallel: one card has them all.
 */
function withAllBatches(spec: EstimateSpec): EstimateSpec {
  return { ...spec, microBatch: spec.microBatch * spec.parallel.pipeline };
}

function onCard(
  card: Card,
  spec: EstimateSpec,
  wholeOf: (spec: EstimateSpec) => Estimate,
): Fullest {
  const arch = { ...spec.arch, layers: Math.max(1, card.layers) };
  const own: EstimateSpec = { ...spec, arch, parallel: SINGLE_GPU };
  const part = wholeOf(own);
  const timeline = part.timeline.map((sample) => without(sample, card, own));
  const top = timeline.reduce((a, b) => (b.total > a.total ? b : a));
  const by = top.total / Math.max(1, part.peakAllocated.expected);
  const peakReserved = scale(part.peakReserved, by);
  return {
    spec: own,
    part,
    held: {
      ...part,
      peakAllocated: scale(part.peakAllocated, by),
      peakReserved,
      device: plus(peakReserved, part.context),
      components: top.components,
      peakPhase: top.phase,
      peakOp: top.op,
      timeline,
      closedForm: bytes(Math.round(part.closedForm * by)),
    },
  };
}

/** A moment less what is on another card. */
function without(sample: TimelineSample, card: Card, spec: EstimateSpec): TimelineSample {
  const { embedding, head, all } = endsOf(spec);
  const { wide } = widthsOf(spec);
  const away = (card.embeds ? 0 : embedding) + (card.head ? 0 : head);
  const trained = spec.adapter === null ? 1 - away / all : 1;
  const size = (component: Component, b: number): number => {
    if (component === 'weights') return b - away * wide;
    // What the embedding's gradient is made of.
    if (component === 'activations' && !card.embeds && endsBackward(sample)) return 0;
    if (component === 'logits' && !card.head) return card.first ? copies(sample, spec) : 0;
    return TRAINED.includes(component) ? b * trained : b;
  };
  const components = sample.components
    .map((share) => ({
      ...share,
      bytes: bytes(Math.max(0, Math.round(size(share.component, share.bytes)))),
    }))
    .filter((share) => share.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  return {
    ...sample,
    components,
    total: bytes(components.reduce((sum, share) => sum + share.bytes, 0)),
  };
}

/** Logits on the first card, which did not make them: as they come, and in fp32. */
function copies({ components }: TimelineSample, spec: EstimateSpec): number {
  if (bytesOf(components, 'logits') === 0 || spec.lossKernel !== 'full') return 0;
  const elements = spec.microBatch * spec.sequenceLength * spec.arch.vocabSize;
  const { compute } = widthsOf(spec);
  return elements * (compute === 4 ? 4 : compute + 4);
}
