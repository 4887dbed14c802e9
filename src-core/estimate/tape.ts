import { UNIT } from './allocator.ts';
import { type Edge, type Id, type Leaf, Node, type Tensor } from './autograd.ts';
import { COMPONENTS, type Component, type Phase } from './result.ts';

/** How ops record for backward: not at all, on the tape, or only counting what would be saved. */
export type Recording = 'off' | 'on' | 'count';

/** A stretch of events that belongs to one layer and direction, so that equal layers can repeat. */
export interface Mark {
  /** First event and first block born in it. */
  readonly event: number;
  readonly block: number;
  /** Unit of layers (see plan.ts), -1 outside layers. */
  readonly layer: number;
  readonly phase: Phase;
  readonly step: number;
}

/** A micro step: its first mark, and the first mark behind it. */
export interface Pass {
  readonly from: number;
  readonly to: number;
}

const COMPONENT_INDEX: Readonly<Record<Component, number>> = Object.fromEntries(
  COMPONENTS.map((c, i) => [c, i]),
) as unknown as Readonly<Record<Component, number>>;

/** Index of `component` in what the tape stores. */
export const componentIndex = (component: Component): number => COMPONENT_INDEX[component];

const ACTIVATIONS = componentIndex('activations');
const GRADIENTS = componentIndex('gradients');
const WORKSPACE = componentIndex('workspace');

/**
 * Writes the allocation events of a training program while it is acted out: tensors with reference
 * counts, a gradient tape with autograd's rules of what is saved, passed on and freed when.
 */
export class Tape {
  /** `+id`: block allocated. `-id`: block freed. */
  readonly events: number[] = [];
  /** By block: units of the allocator (rounded up), component, label. Block 0 is nothing. */
  readonly size: number[] = [0];
  readonly component: number[] = [0];
  readonly label: number[] = [0];
  readonly labels: string[] = [''];
  /** By label: layers in front of its own in the unit. */
  readonly within: number[] = [0];
  readonly marks: Mark[] = [];
  /** Micro steps, in order. */
  readonly passes: Pass[] = [];
  readonly uses: number[] = [1 << 30];
  nodes: Node[] = [];
  mode: Recording = 'off';
  /** Component that allocations count to. */
  into = ACTIVATIONS;
  /** Saves counted in `count` mode, and the number at which a recomputation stops. */
  counted = 0;
  stopAt = Number.POSITIVE_INFINITY;
  stopped = false;
  /** Bytes per element that autocast computes in; 0 outside autocast. */
  autocast = 0;
  readonly casts: Leaf[] = [];
  /** Blocks that nodes hold outside autograd's saved tensors. */
  readonly pins: Id[] = [];
  /** Blocks that are taken once and never freed: the workspaces of threads. */
  readonly once: Id[] = [];
  /** Bytes of the cuBLAS workspace that this thread's next matrix product takes. */
  workspace = 0;
  /** In LoMo-like optimizers a gradient is used and freed as soon as it is complete. */
  freeGradients = false;
  /** Label of the op under way. */
  current = 0;
  /** Layers in front of the one under way in its unit. */
  place = 0;
  private readonly labelIndex = new Map<string, number>();

  /** Names the op that the next allocations belong to. */
  at(label: string): void {
    const key = this.place === 0 ? label : `${this.place} ${label}`;
    let i = this.labelIndex.get(key);
    if (i === undefined) {
      i = this.labels.push(label) - 1;
      this.within.push(this.place);
      this.labelIndex.set(key, i);
    }
    this.current = i;
  }

  mark(phase: Phase, step: number, layer = -1): void {
    this.marks.push({ event: this.events.length, block: this.size.length, layer, phase, step });
  }

  /** A new block of `bytes`, used once. */
  alloc(bytes: number, into = this.into): Id {
    if (this.stopped || bytes <= 0) return 0;
    const id = this.size.push(Math.ceil(bytes / UNIT)) - 1;
    this.component.push(into);
    this.label.push(this.current);
    this.uses.push(1);
    this.events.push(id);
    return id;
  }

  hold(id: Id): Id {
    if (id > 0) this.uses[id] = (this.uses[id] ?? 0) + 1;
    return id;
  }

  drop(id: Id): void {
    if (id <= 0) return;
    const left = (this.uses[id] ?? 1) - 1;
    this.uses[id] = left;
    if (left === 0) this.events.push(-id);
  }

  alone(id: Id): boolean {
    return this.uses[id] === 1;
  }

  tensor(n: number, b: number, edge: Edge = null, into = this.into): Tensor {
    return { id: this.alloc(n * b, into), n, b, edge };
  }

  free(...tensors: readonly (Tensor | null | undefined)[]): void {
    // Indices, as below: these run before the code is compiled, where iterators cost most.
    for (let i = 0; i < tensors.length; i++) {
      const t = tensors[i];
      if (t) this.drop(t.id);
    }
  }

  /** Counts `bytes` for a moment: allocated and freed at once. */
  flash(...bytes: readonly number[]): void {
    const ids = bytes.map((n) => this.alloc(n));
    for (const id of ids) this.drop(id);
  }

  /** Whether an op on these edges is recorded. */
  records(edges: readonly Edge[]): boolean {
    if (this.mode === 'off') return false;
    for (let i = 0; i < edges.length; i++) if (edges[i] !== null) return true;
    return false;
  }

  /**
   * Records a backward function that keeps `saved` until it has run. A 0 in `saved` is something
   * resident (a weight): it costs nothing, but recomputation counts it.
   */
  record(edges: readonly Edge[], saved: readonly Id[], run: (g: Id) => void): Node | null {
    if (!this.records(edges)) return null;
    const node = new Node([], run, this.current);
    this.save(node, saved);
    if (this.mode === 'on') this.nodes.push(node);
    return node;
  }

  /** Adds an op's results to what its backward keeps. */
  save(node: Node | null, saved: readonly Id[]): void {
    if (node === null) return;
    if (this.mode === 'count') {
      this.counted += saved.length;
      return;
    }
    for (let i = 0; i < saved.length && !this.stopped; i++) {
      const id = saved[i] ?? 0;
      if (id > 0) node.saved.push(this.hold(id));
      this.counted += 1;
      if (this.counted >= this.stopAt) this.stopped = true;
    }
  }

  /**
   * Hands a gradient (one use of it) to `edge`. Gradients that meet are added: in place when the
   * first is alone in its block and no view (`input_buffer.cpp`), else into a new block.
   */
  deliver(edge: Edge, id: Id, view = false): void {
    if (edge === null) this.drop(id);
    else if (edge.kind === 'leaf') this.arrive(edge, id, view);
    else if (edge.g < 0) {
      edge.g = id;
      edge.view = view;
    } else {
      edge.g = this.sum(edge.g, id, edge.view);
      edge.view = false;
    }
  }

  private sum(first: Id, second: Id, view: boolean): Id {
    if (first === 0 || (!view && this.alone(first))) {
      this.drop(second);
      return first;
    }
    const total = this.alloc((this.size[first] ?? 0) * UNIT);
    this.drop(first);
    this.drop(second);
    return total;
  }

  private arrive(leaf: Leaf, id: Id, view: boolean): void {
    if (leaf.uses < 2) {
      this.accumulate(leaf, id);
      return;
    }
    leaf.arrived += 1;
    if (leaf.waiting < 0) {
      leaf.waiting = id;
      leaf.waitingIsView = view;
    } else {
      leaf.waiting = this.sum(leaf.waiting, id, leaf.waitingIsView);
      leaf.waitingIsView = false;
    }
    if (leaf.arrived < leaf.uses) return;
    const total = leaf.waiting;
    leaf.waiting = -1;
    leaf.arrived = 0;
    this.accumulate(leaf, total);
  }

  private accumulate(leaf: Leaf, id: Id): void {
    if (!leaf.trains || this.freeGradients) this.drop(id);
    else if (leaf.grad >= 0) this.drop(id);
    else if (this.alone(id)) {
      leaf.grad = id;
      this.component[id] = GRADIENTS;
    } else {
      leaf.grad = this.alloc(leaf.n * leaf.b, GRADIENTS);
      this.drop(id);
    }
  }

  /** Runs the tape backward down to node number `from`, newest first. */
  backward(from = 0): void {
    const was = this.current;
    for (let i = this.nodes.length - 1; i >= from; i--) {
      const node = this.nodes[i];
      if (node === undefined) continue;
      const { g } = node;
      if (g >= 0) {
        node.g = -1;
        this.current = node.label;
        node.run(g);
        this.drop(g);
      }
      this.release(node);
    }
    this.nodes.length = from;
    this.current = was;
  }

  /** Frees what the nodes from number `from` up to `to` keep: their result is no longer used. */
  forget(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const node = this.nodes[i];
      if (node !== undefined) this.release(node);
    }
  }

  private release(node: Node): void {
    const { saved } = node;
    for (let i = 0; i < saved.length; i++) this.drop(saved[i] ?? 0);
    node.saved = [];
  }

  /** Tells that a matrix product ran: a thread's first one takes its workspace, for good. */
  multiplied(): void {
    if (this.workspace === 0 || this.stopped) return;
    this.once.push(this.alloc(this.workspace, WORKSPACE));
    this.workspace = 0;
  }

  /** Keeps a block until the graph it was used in is gone. */
  pin(id: Id): void {
    if (id > 0 && !this.stopped) this.pins.push(this.hold(id));
  }

  /** Lets go of what was pinned since there were `from` pins. */
  unpin(from = 0): void {
    for (const id of this.pins.splice(from)) this.drop(id);
  }

  /** Leaves autocast: its copies of weights are forgotten. */
  endAutocast(): void {
    this.autocast = 0;
    this.clearCasts();
  }

  clearCasts(): void {
    for (const leaf of this.casts) {
      this.free(leaf.cast);
      leaf.cast = null;
    }
    this.casts.length = 0;
  }
}
