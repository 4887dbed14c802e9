/** A stored block: 0 is no storage. */
export type Id = number;

/** Where a gradient goes. */
export type Edge = Node | Leaf | null;

/** A tensor: a view of a block, its elements, bytes per element and gradient edge. */
export interface Tensor {
  readonly id: Id;
  readonly n: number;
  readonly b: number;
  readonly edge: Edge;
}

/** A parameter (or an input that asks for its gradient). */
export class Leaf {
  grad: Id = -1;
  /** A gradient that waits for the other uses of this weight (a tied head). */
  waiting: Id = -1;
  waitingIsView = false;
  arrived = 0;
  /** Uses in one pass whose gradients are summed before they reach `grad`. */
  uses = 1;
  /** Autocast's copy of this weight, while its cache lives. */
  cast: Tensor | null = null;
  readonly kind = 'leaf';
  readonly n: number;
  /** Bytes per element. */
  readonly b: number;
  readonly trains: boolean;
  readonly matrix: boolean;
  /** Width of a linear layer's weight; 0 for what low-rank optimizers leave as it is. */
  readonly cols: number;
  constructor(n: number, b: number, trains: boolean, matrix: boolean, cols = 0) {
    this.n = n;
    this.b = b;
    this.trains = trains;
    this.matrix = matrix;
    this.cols = cols;
  }
}

/** One backward function on the tape. */
export class Node {
  readonly kind = 'node';
  /** Pending gradient, -1 when none. */
  g: Id = -1;
  /** The pending gradient is a view, which autograd never adds to in place. */
  view = false;
  saved: Id[];
  run: (g: Id) => void;
  label: number;
  constructor(saved: Id[], run: (g: Id) => void, label: number) {
    this.saved = saved;
    this.run = run;
    this.label = label;
  }
}
