import type { Leaf, Tensor } from '../autograd.ts';
import type { Net } from '../net.ts';
import { cast, fused, linear, scale, share, unary } from '../ops.ts';
import { componentIndex } from '../tape.ts';

const LOGITS = componentIndex('logits');

/** A scalar loss, and what the trainer keeps of the model's output until it has it. */
export interface Loss {
  readonly loss: Tensor;
  /** Freed when the trainer drops the outputs, before backward. */
  readonly outputs: readonly Tensor[];
}

/** Runs `f` with its allocations counted as logits. */
export function asLogits<T>(net: Net, f: () => T): T {
  const { t } = net;
  const was = t.into;
  t.into = LOGITS;
  const result = f();
  t.into = was;
  return result;
}

/** The head and transformers' `ForCausalLMLoss` over all logits. Consumes `hidden`, as every loss does. */
export function fullLoss(net: Net, hidden: Tensor, head: Leaf): Loss {
  return asLogits(net, () => {
    const { t } = net;
    const logits = headLogits(net, hidden, head);
    t.at('loss');
    const wide = cast(t, logits, 4);
    const inPlace = net.liger?.loss === 'in-place';
    const loss = inPlace ? overwrittenLoss(net, wide) : crossEntropy(net, wide);
    t.free(wide);
    return { loss, outputs: [returned(net, logits, hidden)] };
  });
}

/**
 * The logits as the trainer gets them: fp32 under mixed precision. accelerate converts what a model
 * returns, so that autocast's copies of weights and the `hidden` states are gone by then. Consumes both.
 */
export function returned({ t }: Net, logits: Tensor, hidden: Tensor): Tensor {
  const upcasts = t.autocast > 0 && logits.b < 4;
  t.free(hidden);
  t.endAutocast();
  const output = upcasts ? cast(t, logits, 4) : share(t, logits);
  t.free(logits);
  return output;
}

/** The head's product, soft-capped where the family does. */
export function headLogits(net: Net, hidden: Tensor, head: Leaf): Tensor {
  const { t, shape } = net;
  t.at('lm_head');
  const raw = linear(t, hidden, head, shape.arch.vocabSize);
  if (shape.arch.finalSoftcap === undefined && shape.arch.modelType !== 'gemma2') return raw;
  const divided = scale(t, raw);
  t.free(raw);
  const tanh = unary(t, divided, 'output');
  t.free(divided);
  const out = scale(t, tanh);
  t.free(tanh);
  return out;
}

/** Cross entropy of fp32 logits: keeps the log-probabilities. */
export function crossEntropy(net: Net, logits: Tensor): Tensor {
  const { t } = net;
  const bytes = logits.n * 4;
  const soft = t.record([logits.edge], [], () => t.deliver(logits.edge, t.alloc(bytes, LOGITS)));
  const logProbs = t.tensor(logits.n, 4, soft);
  t.save(soft, [logProbs.id]);
  const nll = t.record([soft], [logProbs.id, 0], () => t.deliver(soft, t.alloc(bytes, LOGITS)));
  const loss = t.tensor(1, 4, nll);
  t.free(logProbs);
  return loss;
}

/** Liger's cross entropy: the gradient takes the place of the fp32 logits. */
function overwrittenLoss(net: Net, logits: Tensor): Tensor {
  const { t } = net;
  const node = fused(t, [logits.edge], [logits.id], () => {
    t.deliver(logits.edge, t.hold(logits.id));
  });
  return t.tensor(1, 4, node);
}

/** Liger's fused product and cross entropy: chunks of logits, gradients made in the forward. */
export function fusedLoss(net: Net, hidden: Tensor, head: Leaf): Loss {
  return asLogits(net, () => {
    const { t, shape, tokens } = net;
    t.at('LigerFusedLinearCrossEntropy');
    const v = shape.arch.vocabSize;
    const h = shape.arch.hiddenSize;
    const chunks = Math.ceil(v / h);
    const rows = Math.min(tokens, 2 ** Math.ceil(Math.log2(Math.ceil(tokens / chunks))));
    const needs = t.mode !== 'off' && hidden.edge !== null;
    const compute = t.autocast > 0 ? t.autocast : hidden.b;
    const gradInput = t.alloc(hidden.n * hidden.b);
    const gradWeight = head.trains && needs ? t.alloc(head.n * head.b) : 0;
    const count = Math.ceil(tokens / rows);
    let previous = 0;
    for (let i = 0; i < Math.min(count, 2); i++) {
      previous = fusedChunk(net, head, rows, compute, gradWeight > 0, previous);
    }
    t.drop(previous);
    const node = fused(t, [hidden.edge, head.trains ? head : null], [gradInput, gradWeight], () => {
      if (gradWeight > 0) t.deliver(head, t.hold(gradWeight));
      t.deliver(hidden.edge, t.hold(gradInput));
    });
    t.drop(gradInput);
    t.drop(gradWeight);
    t.free(hidden);
    return { loss: t.tensor(1, 4, node), outputs: [] };
  });
}

/**
 * The loss of an evaluation: Liger makes its logits in chunks only while the model trains (transformers/model/llama.py,
 * `skip_logits`), unless TRL asks it to (sft_trainer.py, `compute_loss`, 0.29 and newer).
 */
export function evaluationLoss(net: Net, hidden: Tensor, head: Leaf): Loss {
  const { lossKernel, trainer } = net.spec;
  const fuses = lossKernel === 'fused' && trainer === 'trl';
  return fuses ? fusedLoss(net, hidden, head) : fullLoss(net, hidden, head);
}

/** One chunk; its logits live until the next chunk's replace them. */
function fusedChunk(
  net: Net,
  head: Leaf,
  rows: number,
  compute: number,
  weightGrad: boolean,
  previous: number,
): number {
  const { t, shape } = net;
  const h = shape.arch.hiddenSize;
  const copy = compute < head.b ? t.alloc(head.n * compute) : 0;
  const logits = t.alloc(rows * shape.arch.vocabSize * compute);
  t.drop(previous);
  t.flash(rows * h * compute);
  if (weightGrad) {
    const product = t.alloc(head.n * compute);
    if (compute < 4) t.flash(head.n * 4);
    t.drop(product);
  }
  t.drop(copy);
  return logits;
}

/** TRL's `nll` metrics on the logits it got back: entropy in rows of 128, on a contiguous copy. */
export function trlMetrics(net: Net, logits: Tensor): void {
  const { t, shape, batch } = net;
  t.at('entropy_from_logits');
  const rows = Math.min(128, net.tokens);
  const copied = batch > 1 ? t.alloc(logits.n * logits.b, LOGITS) : 0;
  const chunk = rows * shape.arch.vocabSize * logits.b;
  t.flash(chunk, chunk, chunk);
  t.drop(copied);
}
