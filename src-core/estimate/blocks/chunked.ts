import type { Edge, Leaf, Tensor } from '../autograd.ts';
import type { Net } from '../net.ts';
import { product, slice } from '../ops.ts';
import { componentIndex } from '../tape.ts';
import { asLogits, type Loss } from './loss.ts';

const COPIES = componentIndex('weight copies');

/** Rows of logits that TRL makes at a time (`_CHUNKED_LM_HEAD_CHUNK_SIZE`). */
const CHUNK = 256;
/** Chunks acted out: later ones allocate what these do. */
const ACTED = 4;

/**
 * TRL's chunked loss (`_chunked_cross_entropy_loss`): hidden states reordered, then the head and the
 * loss 256 rows at a time, each chunk checkpointed.
 */
export function chunkedLoss(net: Net, hidden: Tensor, head: Leaf, tied: boolean): Loss {
  return asLogits(net, () => {
    const { t } = net;
    t.at('chunked_nll');
    const flat = reordered(net, hidden);
    const rows = flat.n / net.shape.arch.hiddenSize;
    const count = Math.min(ACTED, Math.ceil(rows / CHUNK));
    if (head.trains) head.uses = count + (tied ? 1 : 0);
    const edges: Edge[] = [];
    for (let i = 0; i < count; i++) {
      edges.push(chunk(net, flat, head, Math.min(CHUNK, rows - i * CHUNK)));
    }
    t.free(flat, hidden);
    const node = t.record(edges, [], (g) => {
      for (const e of edges) t.deliver(e, t.hold(g));
    });
    return { loss: t.tensor(1, 4, node), outputs: [] };
  });
}

/** Hidden states without each row's last, labelled ones first: a copy, and another where B > 1. */
function reordered(net: Net, hidden: Tensor): Tensor {
  const { t, batch, tokens } = net;
  const n = (hidden.n / tokens) * (tokens - batch);
  const cut = slice(t, hidden, n);
  const copied = batch > 1 ? t.alloc(n * hidden.b) : 0;
  const node = t.record([cut.edge], [0], () => t.deliver(cut.edge, t.alloc(n * hidden.b)));
  const flat = t.tensor(n, hidden.b, node);
  t.drop(copied);
  t.free(cut);
  return flat;
}

/** The head's weight in the dtype of the product: a copy per chunk, since it is cast as a view. */
function headCopy(net: Net, head: Leaf, b: number): number {
  return b < head.b ? net.t.alloc(head.n * b, COPIES) : 0;
}

function chunk(net: Net, flat: Tensor, head: Leaf, rows: number): Edge {
  const { t, shape } = net;
  const h = shape.arch.hiddenSize;
  const logits = rows * shape.arch.vocabSize;
  const b = t.autocast > 0 ? t.autocast : flat.b;
  const part = slice(t, flat, rows * h);
  work(net, head, rows, b);
  const autocast = t.autocast;
  const node = t.record([part.edge, head.trains ? head : null], [part.id], () => {
    t.autocast = autocast;
    const kept = work(net, head, rows, b, true);
    const nll = t.alloc(logits * 4);
    const soft = t.alloc(logits * 4);
    t.drop(kept.logProbs);
    t.drop(nll);
    const narrow = b < 4 ? t.alloc(logits * b) : t.hold(soft);
    t.drop(soft);
    const weight = head.trains ? t.alloc(head.n * b) : -1;
    const input = t.alloc(rows * h * b);
    t.drop(narrow);
    t.drop(kept.copy);
    if (weight >= 0) deliverWeight(net, head, weight, b);
    if (b === flat.b) t.deliver(part.edge, input);
    else {
      const wide = t.alloc(rows * h * flat.b);
      t.drop(input);
      t.deliver(part.edge, wide);
    }
    t.autocast = 0;
  });
  t.free(part);
  return node;
}

function deliverWeight(net: Net, head: Leaf, weight: number, b: number): void {
  const { t } = net;
  if (b === head.b) {
    t.deliver(head, weight, true);
    return;
  }
  const wide = t.alloc(head.n * head.b);
  t.drop(weight);
  t.deliver(head, wide, true);
}

interface Kept {
  readonly logProbs: number;
  readonly copy: number;
}

/** The chunk's forward: logits, their fp32 copy, log-probabilities, and the entropy's two products. */
function work(net: Net, head: Leaf, rows: number, b: number, keeps = false): Kept {
  const { t, shape } = net;
  const n = rows * shape.arch.vocabSize;
  const copy = headCopy(net, head, b);
  const narrow = product(t, n * b);
  if (!keeps) t.drop(copy);
  const wide = b < 4 ? t.alloc(n * 4) : t.hold(narrow);
  t.drop(narrow);
  const logProbs = t.alloc(n * 4);
  t.flash(n * 4, n * 4);
  t.drop(wide);
  if (!keeps) t.drop(logProbs);
  return { logProbs, copy };
}
