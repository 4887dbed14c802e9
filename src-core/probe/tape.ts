import type { FloatFormat, Rounding } from './formats.ts';
import { mergeRounding, type Param, type Tensor } from './tensor.ts';

/** How a step computes: formats, autocast and where attention rounds. */
export interface Policy {
  /** Format of matrix products. */
  readonly compute: FloatFormat;
  /** Format of weights. */
  readonly weights: FloatFormat;
  /** Whether torch's autocast picks the format op by op (weights may then be fp32). */
  readonly autocast: boolean;
  readonly fusedAttention: boolean;
  /** The loss is multiplied by this before the backward pass. */
  readonly lossScale: number;
  /** Whether gradients of weights are worked out; those of activations always are. */
  readonly weightGradients: boolean;
}

/** One result of the step, as it is made: an activation, its gradient or a weight's gradient. */
export interface Observation {
  readonly op: string;
  readonly layer: number | undefined;
  readonly kind: 'forward' | 'gradient' | 'weight';
  readonly rounding: Rounding;
  /** The values; an observer may overwrite them before the step goes on. */
  readonly data: Float32Array;
}

/** Called with every result in order of execution. */
export type Observer = (seen: Observation) => void;

/**
 * Called with a matrix product or a norm before it rounds, to give it a known magnitude. Returns the
 * factor it multiplied everything by, as if the weights were that much larger.
 */
export type Tuner = (op: string, layer: number | undefined, data: Float32Array) => number;

interface Node {
  readonly out: Tensor;
  /** Whether it only moves values about: a view, which no report names. */
  readonly quiet: boolean;
  readonly back: (grad: Float32Array) => void;
}

/** Records operations as they run, and runs their gradients in reverse, as autograd does. */
export class Tape {
  readonly policy: Policy;
  layer: number | undefined;
  readonly tune: Tuner;
  readonly #observe: Observer;
  readonly #nodes: Node[] = [];

  constructor(policy: Policy, observe: Observer, tune: Tuner = () => 1) {
    this.policy = policy;
    this.#observe = observe;
    this.tune = tune;
  }

  /** Rounds `data` to `format` and records it as the output of `op`; `back` gets its gradient. */
  push(
    op: string,
    format: FloatFormat,
    rows: number,
    data: Float32Array,
    back: (grad: Float32Array, out: Tensor) => void,
    quiet = false,
  ): Tensor {
    const { layer } = this;
    const rounding = format.roundAll(data);
    const cols = data.length / rows;
    const out: Tensor = {
      ...{ op, layer, rows, cols, format, data },
      grad: undefined,
      gradRounding: undefined,
    };
    if (!quiet) this.#observe({ op, layer, kind: 'forward', rounding, data });
    this.#nodes.push({ out, quiet, back: (grad) => back(grad, out) });
    return out;
  }

  /** Rounds a gradient to the tensor's format (or `as`) and adds it to what the tensor has so far. */
  give(tensor: Tensor, grad: Float32Array, as: FloatFormat = tensor.format): void {
    const rounding = as.roundAll(grad);
    tensor.gradRounding = mergeRounding(tensor.gradRounding, rounding);
    const { grad: sofar } = tensor;
    if (sofar === undefined) {
      tensor.grad = grad;
      return;
    }
    for (let i = 0; i < sofar.length; i++) sofar[i] = (sofar[i] ?? 0) + (grad[i] ?? 0);
    tensor.gradRounding = mergeRounding(tensor.gradRounding, tensor.format.roundAll(sofar));
  }

  /** Rounds a weight's gradient to the format it was computed in and adds it to the weight's own. */
  giveParam(param: Param, grad: Float32Array, as: FloatFormat): void {
    const rounding = as.roundAll(grad);
    const { layer } = this;
    this.#observe({ op: param.name, layer, kind: 'weight', rounding, data: grad });
    const { grad: sofar } = param;
    if (sofar === undefined) {
      param.grad = grad;
      return;
    }
    for (let i = 0; i < sofar.length; i++) sofar[i] = (sofar[i] ?? 0) + (grad[i] ?? 0);
    param.format.roundAll(sofar);
  }

  /** Runs every recorded gradient, the last operation first. */
  backward(): void {
    for (let i = this.#nodes.length - 1; i >= 0; i--) {
      const node = this.#nodes[i];
      const grad = node?.out.grad;
      if (node === undefined || grad === undefined) continue;
      const { op, layer, gradRounding } = node.out;
      this.layer = layer;
      if (gradRounding && !node.quiet) {
        this.#observe({ op, layer, kind: 'gradient', rounding: gradRounding, data: grad });
      }
      node.back(grad);
      node.out.grad = undefined;
    }
  }
}
