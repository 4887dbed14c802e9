import type { Leaf, Tensor } from '../autograd.ts';
import type { Model, Net } from '../net.ts';
import { inputLeaf, scale } from '../ops.ts';
import type { EstimateSpec } from '../spec.ts';
import { componentIndex } from '../tape.ts';

const BUFFERS = componentIndex('buffers');

/** Token embeddings (and learned positions): `tokens x hidden`. */
export function embed(
  net: Net,
  model: Model,
  step: number,
): { readonly x: Tensor; readonly input: Leaf | null } {
  const { t, spec } = net;
  t.at('embed_tokens');
  const { embedding } = model;
  const n = net.tokens * net.shape.arch.hiddenSize;
  const grads = embedding.trains;
  const node = t.record([grads ? embedding : null], [0], () => {
    t.mark('backward', step);
    if (net.tokens > 3072) t.flash(n * 4);
    t.deliver(embedding, t.alloc(embedding.n * embedding.b));
  });
  let x: Tensor = t.tensor(n, embedding.b, node);
  if (model.positions !== null) x = addPositions(net, x, model.positions);
  // transformers asks for the embedding's gradient whenever it checkpoints.
  const asks = !grads && t.mode !== 'off' && spec.checkpointing.mode !== 'none';
  const input = asks ? inputLeaf(n, x.b) : null;
  if (input !== null) x = { ...x, edge: input };
  if (net.shape.family.scaledEmbedding) {
    const y = scale(t, x);
    t.free(x);
    x = y;
  }
  return { x, input };
}

function addPositions({ t }: Net, x: Tensor, positions: Leaf): Tensor {
  const rows = t.tensor(x.n, x.b);
  const node = t.record([x.edge, positions.trains ? positions : null], [0], (g) => {
    if (positions.trains) t.deliver(positions, t.alloc(positions.n * positions.b));
    t.deliver(x.edge, t.hold(g));
  });
  const y = t.tensor(x.n, x.b, node);
  t.free(x, rows);
  return y;
}

/** The explicit attention mask of a pass: booleans, which eager attention turns into a bias. */
export function mask(net: Net): number {
  const { t } = net;
  const cells = net.batch * net.seq * net.seq;
  const allowed = t.alloc(cells, BUFFERS);
  if (net.spec.attention !== 'eager') return allowed;
  const bias = t.alloc(cells * net.wide, BUFFERS);
  t.drop(allowed);
  return bias;
}

/** Model types whose every layer slides: with the window filled, sdpa gets an explicit mask. */
const SLIDING: readonly string[] = ['mistral', 'mixtral', 'phi3', 'starcoder2'];

/**
 * Whether attention gets an explicit mask. `seq` in tokens. A sequence alone has no padding, and a mask that
 * hides nothing is not made (transformers masking_utils.py, `_ignore_causal_mask_sdpa`).
 */
export function passesMask(spec: EstimateSpec, seq: number, batch: number): boolean {
  if (spec.attention === 'eager') return true;
  // Unsloth's kernels are told that attention is causal, or where the samples of a row end.
  if (spec.trainer === 'unsloth') return false;
  if (spec.attention !== 'sdpa') return false;
  const { modelType, slidingWindow } = spec.arch;
  const slides = slidingWindow !== undefined && SLIDING.includes(modelType);
  const differs = spec.batching === 'packed' || (spec.batching === 'padded' && batch > 1);
  return differs || (slides && seq >= slidingWindow);
}

/** Whether layers that slide get a mask of their own: the window is filled (`_ignore_causal_mask_sdpa`). */
export function fillsWindow({ attention, trainer, arch }: EstimateSpec, seq: number): boolean {
  const { slidingWindow } = arch;
  const filled = slidingWindow !== undefined && seq >= slidingWindow;
  return filled && attention === 'sdpa' && trainer !== 'unsloth';
}
