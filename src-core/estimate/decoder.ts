import type { Edge, Id, Leaf, Tensor } from './autograd.ts';
import { embed, fillsWindow, mask } from './blocks/embed.ts';
import { decoderLayer } from './blocks/layer.ts';
import { norm } from './blocks/norm.ts';
import { perLayerInputs } from './blocks/varied.ts';
import { type LayerWeights, type Model, type Net, slidingEvery } from './net.ts';
import { inputLeaf } from './ops.ts';
import type { LayerPlan } from './plan.ts';
import type { Phase } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { componentIndex, type Tape } from './tape.ts';

const BUFFERS = componentIndex('buffers');

/** Passes through the decoder: embeddings, layers (checkpointed or not), final norm. */
export class Decoder {
  /** The embedding's output, where its gradient was asked for. */
  input: Leaf | null = null;
  private readonly t: Tape;
  private readonly spec: EstimateSpec;
  private readonly model: Model;
  private readonly plan: LayerPlan;
  /** What stays until a pass is over, of layers whose keys and values others may take. */
  private readonly stored: Id[] = [];
  constructor(t: Tape, spec: EstimateSpec, model: Model, plan: LayerPlan) {
    this.t = t;
    this.spec = spec;
    this.model = model;
    this.plan = plan;
  }

  /** Embeddings, layers, final norm. */
  run(outer: Net, step: number, phase: Phase = 'forward'): Tensor {
    const { t, model } = this;
    const embedded = embed(outer, model, step);
    if (embedded.input !== null) this.input = embedded.input;
    let x = embedded.x;
    const perLayer = perLayerInputs(outer, model, x);
    // Recomputation needs the tables of its own pass.
    const net: Net = { ...outer, rotary: rotaryTables(outer), perLayer };
    const nets = outer.shape.variants.slice(0, 2).map((shape) => {
      const own = { ...outer, shape };
      return { ...own, perLayer, rotary: rotaryTables(own) };
    });
    if (net.rotary[0] > 0) t.multiplied();
    const extra = [net, ...nets].flatMap((one) => one.rotary).filter((id) => id > 0);
    extra.push(t.alloc(net.seq * 8, BUFFERS));
    if (perLayer !== null) extra.push(perLayer.id);
    if (net.masked) extra.push(mask(net));
    if (slides(net) || (net.masked && nets.length > 0)) extra.push(mask(net));
    const { unit } = this.plan;
    model.layers.forEach((w, i) => {
      if (unit[i - 1] !== unit[i]) t.mark(phase, step, unit[i]);
      t.place = this.placeOf(i);
      const y = this.layer(layerNet(net, nets, w), w, x, i, step, extra);
      t.free(x);
      x = y;
    });
    t.place = 0;
    t.mark(phase, step);
    this.boundary(step, model.layers.length);
    t.at('norm');
    const out = norm(net, x, model.finalNorm, net.shape.arch.hiddenSize);
    t.free(x);
    for (const id of extra) t.drop(id);
    return out;
  }

  /** How many layers of its unit are in front of acted layer `i`. */
  private placeOf(i: number): number {
    const { unit, span } = this.plan;
    return span === 1 ? 0 : i - unit.indexOf(unit[i] ?? 0);
  }

  /** One decoder layer, checkpointed where the spec says so. */
  private layer(
    net: Net,
    w: LayerWeights,
    x: Tensor,
    i: number,
    step: number,
    extra: readonly number[],
  ): Tensor {
    const { t, spec } = this;
    const { mode, everyLayers } = spec.checkpointing;
    const checkpointed = t.mode !== 'off' && mode !== 'none' && i % everyLayers === 0;
    if (!checkpointed) {
      if (t.mode === 'on') this.boundary(step, i);
      const y = decoderLayer(net, w, x);
      return y;
    }
    const before = t.casts.length;
    t.counted = 0;
    t.mode = mode === 'reentrant' ? 'off' : 'count';
    const out = decoderLayer(net, w, x);
    t.mode = 'on';
    const total = t.counted;
    const grads = out.edge !== null || x.edge !== null || before < t.casts.length;
    if (!grads) return { ...out, edge: null };
    return { ...out, edge: this.checkpoint(net, w, x, i, step, total, extra) };
  }

  /** A node that marks where the part of backward that a unit takes ends, where `layer` begins one. */
  private boundary(step: number, layer: number): void {
    const { t } = this;
    const { unit } = this.plan;
    if (this.spec.checkpointing.mode !== 'none' && this.spec.checkpointing.everyLayers === 1)
      return;
    if (layer > 0 && unit[layer - 1] === unit[layer]) return;
    const node = t.record([MARKER], [], () => {});
    if (node === null) return;
    node.g = 0;
    node.run = () => t.mark('backward', step, unit[layer - 1]);
  }

  /** The recorded form of a checkpointed layer: recompute, then its own backward. */
  private checkpoint(
    net: Net,
    w: LayerWeights,
    x: Tensor,
    layer: number,
    step: number,
    total: number,
    extra: readonly number[],
  ): Edge {
    const { t, spec } = this;
    const { unit } = this.plan;
    const reentrant = spec.checkpointing.mode === 'reentrant';
    const offload = spec.checkpointing.offload;
    const kept = offload ? extra : [x.id, ...extra];
    return t.record([x.edge ?? MARKER], kept, (g) => {
      if (unit[layer + 1] !== unit[layer]) t.mark('backward', step, unit[layer]);
      t.place = this.placeOf(layer);
      const from = t.nodes.length;
      const pinned = t.pins.length;
      const autocast = spec.mixedPrecision === 'none' ? 0 : 2;
      const input = offload ? t.alloc(x.n * x.b) : 0;
      t.autocast = autocast;
      t.counted = 0;
      t.stopAt = reentrant ? Number.POSITIVE_INFINITY : total;
      const own = this.storing(net, layer, from, reentrant);
      const y = decoderLayer(own, w, offload ? { ...x, id: input } : x);
      t.stopped = false;
      t.stopAt = Number.POSITIVE_INFINITY;
      t.endAutocast();
      if (reentrant) t.hold(g);
      t.deliver(y.edge, t.hold(g));
      t.free(y);
      t.backward(from);
      t.unpin(pinned);
      if (reentrant) t.drop(g);
      t.drop(input);
      t.place = 0;
    });
  }

  /**
   * The last layers of Gemma 4 with keys and values of their own leave them by name, of full attention and of
   * sliding (modeling_gemma4.py, `store_full_length_kv`). When they are computed again, so is the graph that made
   * them; where nothing runs backward through that graph (checkpoints that are not reentrant), it keeps what it saved.
   */
  private storing(net: Net, layer: number, from: number, reentrant: boolean): Net {
    const { t, model } = this;
    const variant = model.layers[layer]?.variant ?? 0;
    const last = model.layers.findLastIndex((one) => one.variant === variant);
    if (net.shape.arch.varied === undefined || variant > 1 || last !== layer) return net;
    const store = (first: number, second: number, made: readonly Id[]): void => {
      const nodes = reentrant ? [] : [...t.nodes.slice(from, first), ...t.nodes.slice(second)];
      for (const id of [...made, ...nodes.flatMap(({ saved }) => saved)]) {
        this.stored.push(t.hold(id));
      }
    };
    return { ...net, store };
  }

  /** A pass is over. */
  forget(): void {
    for (const id of this.stored.splice(0)) this.t.drop(id);
  }
}

/** cos and sin of a pass. */
function rotaryTables({ t, shape, seq, wide }: Net): readonly [number, number] {
  // Where layers differ in width, each kind has its own.
  if (shape.family.positions !== 'rope' || shape.variants.length > 0) return [0, 0];
  const bytes = seq * shape.arch.headDim * shape.family.rotaryFraction * wide;
  return [t.alloc(bytes, BUFFERS), t.alloc(bytes, BUFFERS)];
}

/** The net as a layer sees it: with the widths and tables of its kind. */
function layerNet(net: Net, nets: readonly Net[], { variant, slides: own }: LayerWeights): Net {
  const shape = net.shape.variants[variant];
  if (shape === undefined) return own && !net.masked ? { ...net, masked: true } : net;
  const masked = net.masked || (variant % 2 === 0 && slides(net));
  return { ...net, shape, masked, rotary: nets[variant % 2]?.rotary ?? [0, 0] };
}

/** Whether layers that slide get a mask of their own. */
function slides({ spec, shape, seq }: Net): boolean {
  const some = shape.variants.length > 0 || slidingEvery(spec) > 1;
  return some && fillsWindow(spec, seq);
}

/** Stands for "something needs a gradient" where no real edge does. */
const MARKER = inputLeaf(0, 1);
