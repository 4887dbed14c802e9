import type { Leaf } from './autograd.ts';
import type { EstimateSpec } from './spec.ts';
import { componentIndex, type Tape } from './tape.ts';
import { projected } from './terms/low-rank.ts';
import { type OptimizerFacts, optimizerFacts } from './terms/optimizers.ts';

const STATES = componentIndex('optimizer states');
const WORKSPACE = componentIndex('workspace');
const MASTER = componentIndex('master weights');

/** A trainable parameter with the layer group its events belong to (-1 outside layers). */
export interface Owned {
  readonly leaf: Leaf;
  readonly layer: number;
  /** Embedding weights: bitsandbytes keeps their states in 32 bit. */
  readonly embedding: boolean;
}

/** Smallest tensor that bitsandbytes quantises states of, and pages. */
const BNB_MIN = 4096;
const BNB_PAGED_MIN = 100_000;

/** Steps the optimizer. Weight matrices come first, then what has no weight decay. */
export class OptimizerStep {
  private readonly t: Tape;
  private readonly facts: OptimizerFacts;
  private readonly params: readonly Owned[];
  private readonly groups: readonly (readonly Owned[])[];
  private first = true;
  private readonly master: boolean;
  constructor(t: Tape, spec: EstimateSpec, params: readonly Owned[]) {
    this.t = t;
    this.params = params;
    this.facts = optimizerFacts(spec.optimizer);
    this.master = spec.masterWeights;
    this.groups = [params.filter((p) => p.leaf.matrix), params.filter((p) => !p.leaf.matrix)];
  }

  /** The parameters that it updates. */
  get leaves(): readonly Leaf[] {
    return this.params.map((param) => param.leaf);
  }

  /** One `optimizer.step()`: states appear in the first. */
  step(number: number): void {
    const { t } = this;
    for (const group of this.groups) {
      t.at('optimizer.step');
      if (this.first) this.createStates(group, number);
      this.groupTemporaries(group, number);
      this.tensorTemporaries(group, number);
      this.ownTemporaries(group, number);
    }
    this.first = false;
    t.mark('optimizer', number);
  }

  /** `optimizer.zero_grad()`, which sets gradients to none. */
  zeroGradients(step: number): void {
    this.eachLayer(this.params, step, ({ leaf }) => {
      if (leaf.grad >= 0) this.t.drop(leaf.grad);
      leaf.grad = -1;
    });
  }

  private createStates(group: readonly Owned[], step: number): void {
    this.eachLayer(group, step, (p) => {
      if (this.master && p.leaf.b < 4) this.t.alloc(p.leaf.n * 4, MASTER);
      for (const bytes of this.stateBlocks(p)) this.t.alloc(bytes, STATES);
    });
  }

  /** Runs `f` over parameters in order, each layer's in a stretch of its own. */
  private eachLayer(group: readonly Owned[], step: number, f: (p: Owned) => void): void {
    let layer = Number.NaN;
    for (const p of group) {
      if (p.layer !== layer) {
        layer = p.layer;
        this.t.mark('optimizer', step, layer);
      }
      f(p);
    }
    this.t.mark('optimizer', step);
  }

  private stateBlocks(p: Owned): readonly number[] {
    const { facts } = this;
    const { n } = p.leaf;
    const b = this.master ? 4 : p.leaf.b;
    if (facts.lowRank !== undefined && p.leaf.cols > 0) return this.lowRankBlocks(p.leaf, b);
    if (facts.kind === 'factored') return p.leaf.matrix ? factoredBlocks(n) : [n * 4];
    if (facts.place !== 'device' && n >= BNB_PAGED_MIN) return this.pagedScales(p);
    const each: number[] = [];
    const one = this.stateBytes(p, n, b);
    for (let i = 0; i < (this.leftToAdam(p) ? 2 : facts.states); i++) each.push(...one);
    return each;
  }

  /** The projector and the states of the projected gradient. */
  private lowRankBlocks({ n, cols }: Leaf, b: number): readonly number[] {
    const { facts } = this;
    const { projector, small, rank } = projected(facts, n, cols, b);
    if (facts.kind === 'factored') return [projector, rank * 4, (small / rank) * 4];
    const states = Array.from({ length: facts.states }, () => this.stateBytes(null, small, b));
    return [projector, ...states.flat()];
  }

  /** Whether the optimizer leaves the parameter to AdamW: embedding and head stand outside layers. */
  private leftToAdam(p: Owned): boolean {
    return this.facts.matrices === true && (p.layer < 0 || !p.leaf.matrix);
  }

  private pagedScales(p: Owned): readonly number[] {
    const { facts } = this;
    if (facts.kind !== 'bnb8' || p.embedding) return [];
    return Array.from({ length: facts.states }, () => (p.leaf.n / 256) * 4);
  }

  private stateBytes(p: Owned | null, n: number, b: number): readonly number[] {
    switch (this.facts.kind) {
      case 'own':
        return [n * b];
      case 'bnb8':
        return n < BNB_MIN || (p?.embedding && this.facts.lowRank === undefined)
          ? [n * 4]
          : [n, (n / 256) * 4];
      case 'torchao8':
        return [n, (n / 256) * 4];
      case 'torchao4':
        return [n / 2, (n / 128) * 4];
      default:
        return [n * 4];
    }
  }

  private groupTemporaries(group: readonly Owned[], step: number): void {
    const { t, facts } = this;
    // An optimizer for each weight: it steps that alone.
    if (facts.layerwise) {
      this.eachLayer(group, step, ({ leaf }) => {
        const each = leaf.n * leaf.b;
        const ids = Array.from({ length: facts.groupCopies }, () => t.alloc(each, WORKSPACE));
        for (const id of ids) t.drop(id);
      });
      return;
    }
    const held: number[] = [];
    for (let i = 0; i < facts.groupCopies; i++) {
      this.eachLayer(group, step, (p) => held.push(t.alloc(p.leaf.n * p.leaf.b, WORKSPACE)));
    }
    if (held.length === 0) return;
    let i = 0;
    for (let copy = 0; copy < facts.groupCopies; copy++) {
      this.eachLayer(group, step, () => t.drop(held[i++] ?? 0));
    }
  }

  /** Adafactor and its like: fp32 copies of one tensor; the last tensor's update stays meanwhile. */
  private tensorTemporaries(group: readonly Owned[], step: number): void {
    const { t, facts } = this;
    if (facts.tensorCopies === 0) return;
    let previous = 0;
    this.eachLayer(group, step, (p) => {
      const bytes = p.leaf.n * (this.leftToAdam(p) ? p.leaf.b : 4);
      const copies = facts.tensorCopies - (p.leaf.b === 4 ? 2 : 0);
      const ids: number[] = [];
      for (let i = 0; i < copies; i++) ids.push(t.alloc(bytes, WORKSPACE));
      t.drop(previous);
      previous = ids.pop() ?? 0;
      for (const id of ids) t.drop(id);
    });
    t.drop(previous);
  }

  /** One tensor's update at a time; GaLore factors the fp32 gradient in the first step. */
  private ownTemporaries(group: readonly Owned[], step: number): void {
    const { t, facts } = this;
    const { ownCopies = 0, lowRank } = facts;
    if (ownCopies === 0) return;
    this.eachLayer(group, step, ({ leaf }) => {
      const projects = lowRank !== undefined && leaf.cols > 0;
      if (projects && lowRank === 'svd' && step === 1) {
        const narrow = Math.min(leaf.n / leaf.cols, leaf.cols);
        const wide = leaf.b < 4 ? leaf.n * 4 : 0;
        t.flash(wide, leaf.n * 4, leaf.n * 4, narrow * narrow * 4);
      }
      const ids = Array.from({ length: ownCopies }, () => t.alloc(leaf.n * leaf.b, WORKSPACE));
      for (const id of ids) t.drop(id);
    });
  }
}

function factoredBlocks(n: number): readonly number[] {
  const side = Math.sqrt(n);
  return [side * 4, side * 4];
}
