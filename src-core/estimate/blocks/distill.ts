import type { Edge, Leaf, Tensor } from '../autograd.ts';
import type { Net } from '../net.ts';
import { add, scale, slice } from '../ops.ts';
import type { Tape } from '../tape.ts';
import { asLogits, headLogits, type Loss, returned } from './loss.ts';

/**
 * GKD in TRL (1.13 gkd_trainer.py, `generalized_jsd_loss`): the teacher's logits beside the student's, both
 * divided by the temperature, their mixture and two divergences over the whole vocabulary; with a
 * `beta` of 0 or 1 one divergence. What has a name in Python stays until the function returns.
 * `teacher` gives its logits.
 */
export function distillLoss(net: Net, hidden: Tensor, head: Leaf, teacher: () => Tensor): Loss {
  return asLogits(net, () => {
    const { t, batch, tokens } = net;
    const logits = returned(net, headLogits(net, hidden, head), hidden);
    const other = teacher();
    t.at('generalized_jsd_loss');
    const n = (logits.n / tokens) * (tokens - batch);
    const cut = slice(t, logits, n);
    const student = scale(t, cut);
    const taught = t.tensor(n, 4);
    t.free(cut);
    const own = logSoftmax(t, student);
    const theirs = t.tensor(n, 4);
    const picked = net.spec.mixture ? jensenShannon(net, own, theirs) : kullback(net, own, theirs);
    t.free(own, theirs, student, taught);
    const loss = t.record([picked.edge], [], () => t.deliver(picked.edge, t.alloc(picked.n * 4)));
    t.free(picked);
    return { loss: t.tensor(1, 4, loss), outputs: [logits, other] };
  });
}

/** Both models from their mixture. */
function jensenShannon(net: Net, own: Tensor, theirs: Tensor): Tensor {
  const { t } = net;
  const mixture = mixed(t, own);
  const toTeacher = divergence(t, mixture, theirs);
  const toStudent = divergence(t, mixture, own);
  const first = scale(t, toTeacher);
  const second = scale(t, toStudent);
  const all = add(t, first, second);
  t.free(first, second);
  const picked = selected(net, all);
  t.free(all, toTeacher, toStudent, mixture);
  return picked;
}

/** The student from the teacher. */
function kullback(net: Net, own: Tensor, theirs: Tensor): Tensor {
  const all = divergence(net.t, own, theirs);
  const picked = selected(net, all);
  net.t.free(all);
  return picked;
}

/** Keeps its result. */
function logSoftmax(t: Tape, x: Tensor): Tensor {
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(x.n * 4)));
  const y = t.tensor(x.n, 4, node);
  t.save(node, [y.id]);
  return y;
}

/** `logsumexp` of both, stacked: keeps the stack and its result. */
function mixed(t: Tape, own: Tensor): Tensor {
  const shifted = add(t, own, { id: 0, n: 1, b: 4, edge: null });
  const other = t.alloc(own.n * 4);
  const both = t.record([shifted.edge], [], () => t.deliver(shifted.edge, t.alloc(own.n * 4)));
  const stack = t.tensor(2 * own.n, 4, both);
  t.free(shifted);
  t.drop(other);
  const node = t.record([stack.edge], [stack.id], () => {
    const difference = t.alloc(stack.n * 4);
    const exponent = t.alloc(stack.n * 4);
    t.drop(difference);
    const g = t.alloc(stack.n * 4);
    t.drop(exponent);
    t.deliver(stack.edge, g);
  });
  t.flash(stack.n * 4);
  const y = t.tensor(own.n, 4, node);
  t.save(node, [y.id]);
  t.free(stack);
  return y;
}

/** `kl_div` of logarithms, `exp(target) * (target - input)`: keeps what a gradient needs of the two. */
function divergence(t: Tape, input: Tensor, target: Tensor): Tensor {
  const { n } = input;
  const learns = target.edge !== null;
  const exp = t.record([target.edge], [], () => t.deliver(target.edge, t.alloc(n * 4)));
  const likelihood = t.tensor(n, 4, exp);
  t.save(exp, [likelihood.id]);
  const difference = t.record([target.edge, input.edge], [], (g) => {
    if (learns) t.deliver(target.edge, t.hold(g));
    t.deliver(input.edge, t.alloc(n * 4));
  });
  const gap = t.tensor(n, 4, difference);
  const edges: Edge[] = [exp, difference];
  const node = t.record(edges, learns ? [likelihood.id, gap.id] : [likelihood.id], () => {
    const toExp = learns ? t.alloc(n * 4) : -1;
    const toGap = t.alloc(n * 4);
    if (learns) t.deliver(exp, toExp);
    t.deliver(difference, toGap);
  });
  const y = t.tensor(n, 4, node);
  t.free(likelihood, gap);
  return y;
}

/** Rows of the answer, about all of what the batch is long: backward fills a zero tensor of the whole. */
function selected(net: Net, all: Tensor): Tensor {
  const { t, spec, batch, seq, shape } = net;
  const rows = Math.max(1, seq - spec.rollout.promptTokens) * batch;
  const n = Math.min(all.n, rows * shape.arch.vocabSize);
  const node = t.record([all.edge], [], () => t.deliver(all.edge, t.alloc(all.n * 4)));
  return t.tensor(n, 4, node);
}

/** The teacher's logits, as the trainer gets them. Consumes `hidden`. */
export function teacherLogits(net: Net, hidden: Tensor, head: Leaf): Tensor {
  const { t } = net;
  const mode = t.mode;
  t.mode = 'off';
  t.autocast = net.spec.mixedPrecision === 'none' ? 0 : 2;
  const logits = returned(net, headLogits(net, hidden, head), hidden);
  t.mode = mode;
  return logits;
}
