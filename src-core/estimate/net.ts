import { variantOf } from '../facts/varied.ts';
import { expertRanks } from './adapters.ts';
import { type Id, Leaf, type Tensor } from './autograd.ts';
import { fillsWindow } from './blocks/embed.ts';
import { familyOf } from './family.ts';
import type { LigerParts } from './liger.ts';
import { isDelta, isSparse, type LinearShape, type ModelShape, normsOf } from './params.ts';
import { type EstimateSpec, passTokens } from './spec.ts';
import { componentIndex, type Tape } from './tape.ts';
import { byteSize } from './terms/optimizers.ts';
import { besideExperts, perLayerInput } from './varied-shape.ts';

/** A linear layer as it sits in memory, with its adapters. */
export interface Proj {
  readonly shape: LinearShape;
  readonly w: Leaf;
  readonly bias: Leaf | null;
  /** `none`, or how bitsandbytes packs the weight. */
  readonly quant: 'none' | '4bit' | '8bit';
  readonly a: Leaf | null;
  readonly bUp: Leaf | null;
  readonly magnitude: Leaf | null;
}

/** One decoder layer's parameters. */
export interface LayerWeights {
  readonly attention: readonly Proj[];
  /** Of a gated delta net: convolution, bias and scale of the decay, norm; else empty. */
  readonly delta: readonly Leaf[];
  readonly mlp: readonly Proj[];
  readonly router: readonly Proj[];
  /** Norm weights (and biases) in order of use. */
  readonly norms: readonly Leaf[];
  readonly experts: readonly Stack[];
  /** To the width of the layer's own embedding and back; else empty. */
  readonly perLayer: readonly Proj[];
  /** Parameters of a sparse layer beside its matrices (Gemma 4, gpt-oss); else empty. */
  readonly scales: readonly Leaf[];
  /** Kind of the layer where they differ in width, else 0. */
  readonly variant: number;
  readonly slides: boolean;
}

/** One weight of all experts of a layer, with PEFT's adapters for it. */
export interface Stack {
  readonly w: Leaf;
  readonly a: Leaf | null;
  readonly bUp: Leaf | null;
}

/** Embeddings of all layers side by side, what the token embeddings give for them, and its norm. */
export interface PerLayer {
  readonly embedding: Leaf;
  readonly projection: Proj;
  readonly norm: Leaf;
}

/** The model in memory. */
export interface Model {
  readonly layers: readonly LayerWeights[];
  readonly embedding: Leaf;
  readonly positions: Leaf | null;
  /** Embeddings that each layer has for itself (Gemma 4). */
  readonly perLayer: PerLayer | null;
  readonly finalNorm: readonly Leaf[];
  /** The head's weight: the embedding when tied. */
  readonly head: Leaf;
  readonly tied: boolean;
  /** A value head beside it; null: none. */
  readonly score: Leaf | null;
}

/** Everything the blocks need to act out a pass. */
export interface Net {
  readonly t: Tape;
  readonly spec: EstimateSpec;
  readonly shape: ModelShape;
  /** Sequences, tokens in each, and tokens in all of one pass. */
  readonly batch: number;
  readonly seq: number;
  readonly tokens: number;
  /** Bytes per element of the residual stream. */
  readonly wide: number;
  /** What Liger replaces; null: nothing. */
  readonly liger: LigerParts | null;
  /** Whether an explicit mask is passed to attention. */
  readonly masked: boolean;
  /** Called with the nodes in front of and behind those of the queries, and with keys and values. */
  readonly store?: (first: number, second: number, made: readonly Id[]) => void;
  /** Blocks of the rotary tables of the pass under way: cos and sin. */
  readonly rotary: readonly [number, number];
  /** What all layers take from their own embeddings, side by side; null: they have none. */
  readonly perLayer: Tensor | null;
}

const WEIGHTS = componentIndex('weights');
const ADAPTERS = componentIndex('adapters');
const REFERENCE = componentIndex('reference model');
const BUFFERS = componentIndex('buffers');

/** Which of the layers acted out trains, whether it is sparse, and whether a gated delta net. */
export interface LayerKind {
  readonly trains: boolean;
  readonly sparse: boolean;
  readonly delta: boolean;
  /** Which of the widths it has, where layers differ in them. */
  readonly variant: number;
  /** Its attention slides and has a mask of its own. */
  readonly slides: boolean;
}

/** The kind of decoder layer `index`. */
export function layerKind(spec: EstimateSpec, index: number): LayerKind {
  const frozen =
    spec.adapter !== null ||
    (spec.method === 'freeze' && index < spec.arch.layers - spec.freezeTrainableLayers);
  const { arch } = spec;
  return {
    trains: !frozen,
    sparse: isSparse(arch, index),
    delta: isDelta(arch, index),
    variant: variantOf(arch, index),
    slides: slidingEvery(spec) > 1 && (index + 1) % slidingEvery(spec) !== 0,
  };
}

/** Every so many layers there is one whose attention does not slide, while the others have masks of their own. */
export function slidingEvery(spec: EstimateSpec): number {
  const { fullEvery } = familyOf(spec.arch);
  return fullEvery > 1 && fillsWindow(spec, passTokens(spec)) ? fullEvery : 1;
}

/** Loads parameters one by one, as `from_pretrained` and PEFT leave them. */
export class Loader {
  readonly params: Leaf[] = [];
  private readonly t: Tape;
  private readonly spec: EstimateSpec;
  private readonly shape: ModelShape;
  private readonly frozenCopy: boolean;
  constructor(t: Tape, spec: EstimateSpec, shape: ModelShape, frozenCopy: boolean) {
    this.t = t;
    this.spec = spec;
    this.shape = shape;
    this.frozenCopy = frozenCopy;
  }

  /** Bytes per element of a parameter outside quantised layers. */
  private width(trains: boolean): number {
    const { spec } = this;
    if (spec.quantization?.kbitPrepare && !trains) return 4;
    if (trains) return byteSize(spec.trainableDtype);
    if (spec.quantization !== null) return Math.max(2, byteSize(spec.loadDtype));
    return byteSize(spec.loadDtype);
  }

  leaf(n: number, trains: boolean, matrix: boolean, cols = 0): Leaf {
    const b = this.width(trains && !this.frozenCopy);
    this.t.alloc(n * b, this.frozenCopy ? REFERENCE : WEIGHTS);
    return this.keep(new Leaf(n, b, trains && !this.frozenCopy, matrix, cols));
  }

  /** A copy of `leaf` that trains, in its dtype: one of PEFT's `modules_to_save`. */
  copy(leaf: Leaf): Leaf {
    this.t.alloc(leaf.n * leaf.b, ADAPTERS);
    return this.keep(new Leaf(leaf.n, leaf.b, true, leaf.matrix));
  }

  private keep(leaf: Leaf): Leaf {
    if (leaf.trains) this.params.push(leaf);
    return leaf;
  }

  private adapter(n: number, matrix = true): Leaf {
    const b = byteSize(this.spec.adapter?.dtype ?? 'float32');
    this.t.alloc(n * b, ADAPTERS);
    return this.keep(new Leaf(n, b, true, matrix));
  }

  /** A linear layer with what quantisation and adapters make of it. */
  proj(shape: LinearShape, trains: boolean, adapts = true): Proj {
    const { quantization } = this.spec;
    const quant =
      quantization?.method !== 'bnb' ? 'none' : quantization.bits === 8 ? '8bit' : '4bit';
    const n = shape.inFeatures * shape.outFeatures;
    const packed = quantization !== null;
    const w = packed
      ? this.packed(n, quantization.bits, shape.outFeatures)
      : this.leaf(n, trains, true, shape.inFeatures);
    const bias = shape.bias ? this.leaf(shape.outFeatures, trains, false) : null;
    return { shape, w, bias, quant, ...this.adapters(shape, adapts) };
  }

  /** Weights of all experts of one layer. */
  private stack(n: number, trains: boolean, which: number): Stack {
    const { quantization, arch } = this.spec;
    const w =
      quantization?.experts === true
        ? this.packed(n, quantization.bits, n / this.shape.arch.hiddenSize)
        : this.leaf(n, trains, true);
    const rank = this.frozenCopy ? 0 : (expertRanks(this.spec)[which] ?? 0);
    if (rank === 0 || arch.moe === undefined) return { w, a: null, bUp: null };
    const { experts, expertIntermediateSize: i } = arch.moe;
    const [inputs, outputs] = which === 0 ? [arch.hiddenSize, 2 * i] : [i, arch.hiddenSize];
    return {
      w,
      a: this.adapter(rank * experts * inputs),
      bUp: this.adapter(rank * experts * outputs),
    };
  }

  private packed(n: number, bits: number, rows: number): Leaf {
    const { t, spec } = this;
    t.alloc((n * bits) / 8, WEIGHTS);
    if (bits === 8) t.alloc(rows * 4, WEIGHTS);
    else if (spec.quantization?.doubleQuant) {
      t.alloc(n / 64, WEIGHTS);
      t.alloc((n / 16384) * 4, WEIGHTS);
      for (const bytes of [64, 1024, 4]) t.alloc(bytes, BUFFERS);
    } else {
      t.alloc((n / 64) * 4, WEIGHTS);
      t.alloc(64, BUFFERS);
    }
    return new Leaf(n, 2, false, true);
  }

  private adapters(shape: LinearShape, adapts: boolean): Pick<Proj, 'a' | 'bUp' | 'magnitude'> {
    const { adapter, method } = this.spec;
    const all = adapter?.targets === 'all-linear';
    const named = adapter !== null && adapter.targets !== 'all-linear';
    const hit = named && adapter.targets.includes(shape.name);
    if (adapter === null || this.frozenCopy || !(adapts ? all || hit : hit)) {
      return { a: null, bUp: null, magnitude: null };
    }
    return {
      a: this.adapter(adapter.rank * shape.inFeatures),
      bUp: this.adapter(adapter.rank * shape.outFeatures),
      magnitude: method === 'dora' ? this.adapter(shape.outFeatures, false) : null,
    };
  }

  layer(kind: LayerKind): LayerWeights {
    const shape = this.shape.variants[kind.variant] ?? this.shape;
    const { trains } = kind;
    const mlp = kind.sparse ? shape.sharedExpert : shape.mlp;
    const delta = kind.delta ? shape.delta : null;
    return {
      attention: (delta?.linears ?? shape.attention).map((l) => this.proj(l, trains)),
      delta: (delta?.others ?? []).map((n, i) => this.leaf(n, trains, i === 0)),
      mlp: mlp.map((l) => this.proj(l, trains)),
      router: kind.sparse ? shape.router.map((l) => this.plain(l, trains)) : [],
      experts: kind.sparse ? shape.experts.map((n, i) => this.stack(n, trains, i)) : [],
      perLayer: shape.perLayer.map((l) => this.proj(l, trains)),
      scales: kind.sparse
        ? besideExperts(shape.arch, shape.family.sinks).map((n) => this.leaf(n, trains, false))
        : [],
      norms: normsOf(shape, kind.delta).map((n) => this.leaf(n, trains, false)),
      variant: kind.variant,
      slides: kind.slides,
    };
  }

  /** A vision tower, which stays as it is where no images are: all but all of it are linear layers. */
  tower(n: number): void {
    const { quantization } = this.spec;
    if (n > 0 && quantization?.method === 'bnb') this.packed(n, quantization.bits, 0);
    else if (n > 0) this.leaf(n, false, true);
  }

  /** Embeddings that layers have for themselves, where they do. */
  perLayer(trains: boolean): PerLayer | null {
    const { arch } = this.shape;
    const [input] = perLayerInput(arch);
    const width = arch.varied?.perLayer ?? 0;
    if (input === undefined) return null;
    return {
      embedding: this.leaf(arch.vocabSize * arch.layers * width, trains, true),
      projection: this.proj(input, trains),
      norm: this.leaf(width, trains, false),
    };
  }

  /** A linear layer that neither quantisation nor adapters touch. */
  private plain(shape: LinearShape, trains: boolean): Proj {
    const w = this.leaf(shape.inFeatures * shape.outFeatures, trains, true, shape.inFeatures);
    return { shape, w, bias: null, quant: 'none', a: null, bUp: null, magnitude: null };
  }
}
