import type { Edge, Leaf, Tensor } from '../autograd.ts';
import type { Net } from '../net.ts';
import { cast, copy, linear, scale, share, slice, split } from '../ops.ts';
import { asLogits, crossEntropy, headLogits, type Loss, returned, trlMetrics } from './loss.ts';

/** Log-probabilities of the answer's tokens, and what the trainer still holds of the logits. */
interface Scored {
  readonly edge: Edge;
  readonly held: Tensor;
}

/**
 * DPO and its relatives in TRL: fp32 logits of all rows, `selective_log_softmax` row by row, a
 * reference pass whose logits stay until the loss returns, then the metrics.
 */
export function preferenceLoss(
  net: Net,
  hidden: Tensor,
  head: Leaf,
  reference: (() => Tensor) | null,
): Loss {
  return asLogits(net, () => {
    const { t } = net;
    const scored = score(net, hidden, head, net.tokens, false);
    const outputs = [scored.held];
    if (reference !== null) {
      const refHidden = reference();
      outputs.push(plainScore(net, refHidden, head));
    }
    t.at('metrics');
    trlMetrics(net, scored.held);
    return scoredLoss(net, scored, outputs);
  });
}

/**
 * ORPO in TRL: cross entropy over a copy of the chosen half's logits, then log-probabilities of all
 * rows as in DPO. No reference.
 */
export function oddsRatioLoss(net: Net, hidden: Tensor, head: Leaf): Loss {
  return asLogits(net, () => {
    const { t, batch } = net;
    const logits = returned(net, headLogits(net, hidden, head), hidden);
    const n = logits.n / 2;
    const chosen = slice(t, logits, n);
    const part = copy(t, chosen);
    t.free(chosen);
    const nll = crossEntropy(net, part);
    t.free(part, nll);
    const scored = scoreOf(net, logits, net.tokens, false);
    t.at('metrics');
    t.flash((logits.n / batch) * logits.b);
    const loss = t.record([nll.edge, scored.edge], [], (g) => {
      t.deliver(nll.edge, t.hold(g));
      t.deliver(scored.edge, t.hold(g));
    });
    return { loss: t.tensor(1, 4, loss), outputs: [logits] };
  });
}

/** Log-probabilities in `no_grad`, of `kept` rows or all; the logits go. Consumes `hidden`. */
export function quietScore(net: Net, hidden: Tensor, head: Leaf, kept?: number): void {
  asLogits(net, () => {
    const { t, batch, tokens } = net;
    const part =
      kept === undefined
        ? share(t, hidden)
        : slice(t, hidden, (hidden.n / tokens) * (kept + batch));
    t.free(hidden);
    t.free(plainScore(net, part, head));
  });
}

/**
 * KTO in TRL: unpaired answers; the reference twice (mismatched answers for the KL term, then these)
 * and metrics on copies of each half's logits.
 */
export function unpairedLoss(
  net: Net,
  hidden: Tensor,
  head: Leaf,
  reference: (() => Tensor) | null,
): Loss {
  return asLogits(net, () => {
    const { t } = net;
    const scored = score(net, hidden, head, net.tokens, false);
    const outputs = [scored.held];
    if (reference !== null) {
      quietScore(net, reference(), head);
      outputs.push(plainScore(net, reference(), head));
    }
    t.at('metrics');
    trlMetrics(net, scored.held);
    const half = (scored.held.n / 2) * scored.held.b;
    const halves = [t.alloc(half), t.alloc(half)];
    t.flash(half * (1 - net.spec.rollout.promptTokens / net.seq));
    for (const id of halves) t.drop(id);
    return scoredLoss(net, scored, outputs);
  });
}

/** GRPO in TRL: logits of the completion only, divided by the temperature. */
export function policyLoss(net: Net, hidden: Tensor, head: Leaf, kept: number): Loss {
  return asLogits(net, () => {
    const { t, batch, shape } = net;
    const part = slice(t, hidden, (hidden.n / net.tokens) * (kept + batch));
    t.free(hidden);
    const scored = score(net, part, head, kept + batch, true);
    const chunk = Math.min(128, kept) * shape.arch.vocabSize * scored.held.b;
    t.flash(chunk, chunk, chunk);
    return scoredLoss(net, scored, [scored.held]);
  });
}

/** A loss of log-probabilities alone, and what the trainer holds until it returns. */
function scoredLoss({ t }: Net, { edge }: Scored, outputs: readonly Tensor[]): Loss {
  const loss = t.record([edge], [], (g) => t.deliver(edge, t.hold(g)));
  return { loss: t.tensor(1, 4, loss), outputs };
}

function score(net: Net, hidden: Tensor, head: Leaf, rows: number, divides: boolean): Scored {
  return scoreOf(net, returned(net, headLogits(net, hidden, head), hidden), rows, divides);
}

/** Samples acted out one by one; larger batches are as many of equal size, so that no number runs away. */
const ACTED = 256;

function scoreOf(net: Net, logits: Tensor, rows: number, divides: boolean): Scored {
  const { t, batch } = net;
  const n = (logits.n / rows) * (rows - batch);
  const cut = slice(t, logits, n);
  const used = divides ? scale(t, cut) : share(t, cut);
  t.free(cut);
  const bytes = n * used.b;
  // `gather` keeps its source for the shape alone.
  const gather = t.record([used.edge], [used.id], () => t.deliver(used.edge, t.alloc(bytes)));
  const acted = Math.min(batch, ACTED);
  const parts = split(
    t,
    used,
    Array.from({ length: acted }, () => n / acted),
  );
  const edges: Edge[] = [gather, ...parts.map((p) => logSum(net, p))];
  t.free(used, ...parts);
  const edge = t.record(edges, [], (g) => {
    for (const e of edges) t.deliver(e, t.hold(g));
  });
  return { edge, held: logits };
}

/** `logsumexp` of one row of fp32 logits; a kept `log_softmax` of 16-bit ones. */
function logSum(net: Net, x: Tensor): Edge {
  const { t } = net;
  const bytes = x.n * x.b;
  if (x.b < 4) {
    const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(bytes)));
    const logProbs = t.alloc(bytes);
    t.save(node, [logProbs]);
    t.drop(logProbs);
    return node;
  }
  const node = t.record([x.edge], [x.id], () => {
    const difference = t.alloc(bytes);
    const exponent = t.alloc(bytes);
    const g = t.alloc(bytes);
    t.drop(difference);
    t.drop(exponent);
    t.deliver(x.edge, g);
  });
  t.flash(bytes);
  return node;
}

/** The reference's logits, in `no_grad`. Consumes `hidden`. */
function plainScore(net: Net, hidden: Tensor, head: Leaf): Tensor {
  const { t, batch } = net;
  const mode = t.mode;
  t.mode = 'off';
  t.autocast = net.spec.mixedPrecision === 'none' ? 0 : 2;
  const logits = returned(net, headLogits(net, hidden, head), hidden);
  t.flash((logits.n / batch) * logits.b);
  t.mode = mode;
  return logits;
}

/**
 * Reward models: one number for each sequence. TRL's value head is beside the head, whose logits come with it, cast
 * to fp32 (`AutoModelForCausalLMWithValueHead`, which LLaMA-Factory's train/rm/workflow.py takes); nothing comes back
 * to them in the backward pass.
 */
export function rewardLoss(net: Net, hidden: Tensor, head: Leaf, beside: Leaf | null): Loss {
  const { t } = net;
  if (beside !== null) {
    asLogits(net, () => {
      const logits = headLogits(net, hidden, head);
      const wide = cast(t, logits, 4);
      t.free(logits, wide);
    });
  }
  t.at('score');
  const scores = linear(t, hidden, beside ?? head, 1);
  t.free(hidden);
  const loss = t.record([scores.edge], [], () => t.deliver(scores.edge, t.alloc(scores.n * 4)));
  return { loss: t.tensor(1, 4, loss), outputs: [scores] };
}
