import type { Id, Leaf } from './autograd.ts';
import type { Mark, Tape } from './tape.ts';

/** How far a tape is written. */
interface Place {
  readonly event: number;
  readonly block: Id;
  readonly mark: number;
  readonly pass: number;
}

/** A gradient that is held at the end of what is written again. */
interface Held {
  readonly leaf: Leaf;
  readonly grad: Id;
  readonly uses: number;
}

function placeOf(t: Tape): Place {
  return {
    event: t.events.length,
    block: t.size.length,
    mark: t.marks.length,
    pass: t.passes.length,
  };
}

/**
 * The micro steps of the first step, which the second writes again instead of acting them out: all is
 * as it was but for the blocks that a thread takes once, which are there already.
 */
export class Repeat {
  private readonly t: Tape;
  private readonly leaves: readonly Leaf[];
  private readonly from: Place;
  private readonly to: Place;
  private readonly held: readonly Held[];
  /** What is written once: 0 and 1 of them, or both, as in a run without products. */
  private readonly once: Id;
  private readonly twice: Id;
  private shift = 0;

  /** Acts out micro steps with `act`. */
  constructor(t: Tape, leaves: readonly Leaf[], act: () => void) {
    this.t = t;
    this.leaves = leaves;
    this.from = placeOf(t);
    act();
    this.to = placeOf(t);
    const [once = Number.POSITIVE_INFINITY, twice = Number.POSITIVE_INFINITY] = t.once;
    this.once = once;
    this.twice = twice;
    this.held = leaves
      .filter((leaf) => leaf.grad >= 0)
      .map((leaf) => ({ leaf, grad: leaf.grad, uses: t.uses[leaf.grad] ?? 0 }));
  }

  /** Whether nothing is left of the first step that the second would meet. */
  get possible(): boolean {
    const { t } = this;
    const left = t.nodes.length + t.pins.length + t.casts.length;
    return left === 0 && this.leaves.every((leaf) => leaf.grad < 0 && leaf.waiting < 0);
  }

  /** Writes them again as those of step `step`. */
  write(step: number): void {
    const { t, from, to } = this;
    this.shift = t.size.length - from.block;
    const marks = t.marks.length - from.mark;
    this.blocks();
    this.events(step);
    for (let p = from.pass; p < to.pass; p++) {
      const pass = t.passes[p];
      if (pass !== undefined) t.passes.push({ from: pass.from + marks, to: pass.to + marks });
    }
    for (const { leaf, grad, uses } of this.held) {
      leaf.grad = this.moved(grad);
      t.uses[leaf.grad] = uses;
    }
  }

  private moved(id: Id): Id {
    const { from, once, twice } = this;
    if (id < from.block) return id;
    return id + this.shift - (id > once ? 1 : 0) - (id > twice ? 1 : 0);
  }

  private blocks(): void {
    const { t, from, to, once, twice } = this;
    const { size, component, label, uses, current } = t;
    for (let id = from.block; id < to.block; id++) {
      if (id === once || id === twice) continue;
      size.push(size[id] ?? 0);
      component.push(component[id] ?? 0);
      // Before the first op is named, blocks belong to the op before.
      label.push((label[id] ?? 0) || current);
      uses.push(0);
    }
  }

  private events(step: number): void {
    const { t, from, to, once, twice } = this;
    const { events, marks } = t;
    let next = from.mark;
    for (let e = from.event; e < to.event; e++) {
      for (; next < to.mark && marks[next]?.event === e; next++) this.mark(marks[next], step);
      const event = events[e] ?? 0;
      if (event === once || event === twice) continue;
      events.push(event > 0 ? this.moved(event) : -this.moved(-event));
    }
    for (; next < to.mark; next++) this.mark(marks[next], step);
  }

  private mark(mark: Mark | undefined, step: number): void {
    const { t } = this;
    if (mark === undefined) return;
    const { block, layer, phase } = mark;
    t.marks.push({ event: t.events.length, block: this.moved(block), layer, phase, step });
  }
}
