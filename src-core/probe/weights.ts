import type { FloatFormat } from './formats.ts';
import { castTo, type Param } from './tensor.ts';

/** Gives a weight's values by name (`3.q_proj`, `lm_head`, `3.q_proj.bias`), before rounding. */
export type WeightSource = (name: string, rows: number, cols: number) => Float32Array;

/** Weights by name: made once from `source`, in `format`, with the copy that products see. */
export class Weights {
  readonly #params = new Map<string, Param>();
  readonly #source: WeightSource;
  readonly #format: FloatFormat;
  readonly #compute: FloatFormat;

  readonly #shared: boolean;

  /** With `shared`, layers use one set: the layer's number in front of a name is dropped. */
  constructor(source: WeightSource, format: FloatFormat, compute: FloatFormat, shared = false) {
    this.#shared = shared;
    this.#source = source;
    this.#format = format;
    this.#compute = compute;
  }

  /** The weight called `fullName`, `rows` outputs by `cols` inputs; the same object each time. */
  get(fullName: string, rows: number, cols: number): Param {
    const name = this.#shared ? fullName.replace(/^\d+\./, '') : fullName;
    const found = this.#params.get(name);
    if (found) return found;
    const data = this.#source(name, rows, cols);
    this.#format.roundAll(data);
    const param: Param = {
      ...{ name, rows, cols, format: this.#format, data },
      cast: castTo(this.#format, this.#compute, data),
      grad: undefined,
    };
    this.#params.set(name, param);
    return param;
  }

  /** Every weight used so far. */
  all(): Param[] {
    return [...this.#params.values()];
  }
}
