import type { FloatFormat } from '../formats.ts';
import type { Tape } from '../tape.ts';
import { castTo, type Param, type Tensor } from '../tensor.ts';

/** The heads of an attention: query heads share key heads in groups. */
export interface Heads {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly scaling: number;
  readonly causal: boolean;
  readonly softcap?: number;
  /** Whether softmax is asked for in the scores' own dtype (T5), not in fp32. */
  readonly softmaxInFormat?: boolean;
  /** Format of the mask: that of the hidden states. */
  readonly maskFormat: FloatFormat;
}

/** Two matrices in the format that their product is computed in. */
export interface Operands {
  readonly format: FloatFormat;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Both sides of a product as autocast sees them. */
export function operands(tape: Tape, a: Tensor, b: Tensor): Operands {
  const format = tape.policy.autocast ? tape.policy.compute : a.format;
  return { format, a: castTo(a.format, format, a.data), b: castTo(b.format, format, b.data) };
}

/** Calls `visit` with every head, its first column in queries and its first column in keys. */
export function eachHead(
  h: Heads,
  visit: (head: number, qColumn: number, kColumn: number) => void,
): void {
  const group = h.heads / h.kvHeads;
  for (let head = 0; head < h.heads; head++) {
    visit(head, head * h.headDim, Math.floor(head / group) * h.headDim);
  }
}

/** Gradients of key heads from every query head that shares them: each rounded, then their sum. */
export function sumGroups(
  perHead: Float32Array,
  rows: number,
  h: Heads,
  format: FloatFormat,
): Float32Array {
  const group = h.heads / h.kvHeads;
  const cols = h.kvHeads * h.headDim;
  const out = new Float32Array(rows * cols);
  for (let t = 0; t < rows; t++) {
    for (let c = 0; c < cols; c++) {
      const first = Math.floor(c / h.headDim) * group;
      let sum = 0;
      for (let g = 0; g < group; g++) {
        const column = (first + g) * h.headDim + (c % h.headDim);
        sum += format.round(perHead[t * h.heads * h.headDim + column] ?? 0);
      }
      out[t * cols + c] = sum;
    }
  }
  return out;
}

/** What the families add between QK^T and softmax. */
export interface ScoreExtras {
  /** Relative position bias (T5): one value for each head, query and key. */
  readonly bias?: Tensor;
  /** One learned logit for each head that takes attention from every key (gpt-oss). */
  readonly sinks?: Param;
}
