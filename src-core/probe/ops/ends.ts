import { fp32 } from '../formats.ts';
import type { Tape } from '../tape.ts';
import type { Param, Tensor } from '../tensor.ts';

/** The rows of the embedding that `tokens` name. */
export function embed(tape: Tape, op: string, table: Param, tokens: readonly number[]): Tensor {
  const out = new Float32Array(tokens.length * table.cols);
  tokens.forEach((token, t) => {
    const start = token * table.cols;
    out.set(table.data.subarray(start, start + table.cols), t * table.cols);
  });
  return tape.push(op, table.format, tokens.length, out, (grad) => {
    const sums = new Float32Array(table.data.length);
    tokens.forEach((token, t) => {
      for (let i = 0; i < table.cols; i++) {
        const at = token * table.cols + i;
        sums[at] = (sums[at] ?? 0) + (grad[t * table.cols + i] ?? 0);
      }
    });
    tape.giveParam(table, sums, table.format);
  });
}

/**
 * Mean cross entropy of rows that have a label (`undefined`: none), in fp32 on a copy of the logits.
 * Starts the backward pass with the loss scale; returns the loss.
 */
export function crossEntropy(
  tape: Tape,
  logits: Tensor,
  labels: readonly (number | undefined)[],
): number {
  const { cols } = logits;
  const count = labels.filter((label) => label !== undefined).length;
  const grad = new Float32Array(logits.data.length);
  const seed = Math.fround(tape.policy.lossScale / count);
  let loss = 0;
  labels.forEach((label, t) => {
    if (label === undefined) return;
    const row = logits.data.subarray(t * cols, (t + 1) * cols);
    const top = row.reduce((most, x) => Math.max(most, x), -Infinity);
    const total = row.reduce((sum, x) => sum + Math.exp(x - top), 0);
    loss -= ((row[label] ?? 0) - top - Math.log(total)) / count;
    row.forEach((x, i) => {
      const p = Math.fround(Math.exp(x - top - Math.log(total)));
      grad[t * cols + i] = (p - (i === label ? 1 : 0)) * seed;
    });
  });
  tape.push('loss', fp32, 1, Float32Array.of(loss), () => undefined);
  tape.give(logits, grad);
  return loss;
}
