import type { MoePlan } from '../plan.ts';
import type { Tape } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import type { Weights } from '../weights.ts';
import { type Activation, activation, addBias, columns, multiply } from './elementwise.ts';
import { linear } from './linear.ts';

/** Which experts each token goes to, and the tensor of their weights (`rows` x `perToken`). */
interface Routing {
  readonly chosen: readonly (readonly number[])[];
  readonly shares: Tensor;
}

/** A sparse MLP: router, chosen experts one after another, their weighted sum in the stream's format. */
export function mixExperts(
  tape: Tape,
  plan: MoePlan,
  weights: Weights,
  x: Tensor,
  kind: Activation,
): Tensor {
  const at = `${tape.layer}.`;
  const bias =
    plan.style === 'gpt_oss' ? weights.get(`${at}router.bias`, 1, plan.experts) : undefined;
  const logits = linear(tape, 'router', x, weights.get(`${at}router`, plan.experts, x.cols), bias);
  const routing = route(tape, plan, logits);
  const parts: { readonly token: number; readonly out: Tensor; readonly row: number }[] = [];
  for (let e = 0; e < plan.experts; e++) {
    const tokens = routing.chosen.flatMap((list, t) => (list.includes(e) ? [t] : []));
    if (tokens.length === 0) continue;
    const out = weigh(
      tape,
      expert(tape, plan, weights, rowsOf(tape, x, tokens), e, kind),
      routing,
      tokens,
      e,
    );
    tokens.forEach((token, row) => {
      parts.push({ token, out, row });
    });
  }
  return gather(tape, x, parts);
}

/** Softmax over all experts then the best (Qwen), or over the best only (gpt-oss). */
function route(tape: Tape, plan: MoePlan, logits: Tensor): Routing {
  const { rows, cols } = logits;
  const chosen: number[][] = [];
  const shares = new Float32Array(rows * plan.perToken);
  const backs: ((grad: readonly number[]) => number[])[] = [];
  for (let t = 0; t < rows; t++) {
    const row = Array.from(logits.data.subarray(t * cols, (t + 1) * cols));
    const best = row.map((_, e) => e).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
    const picked = best.slice(0, plan.perToken);
    const over = plan.style === 'qwen' && !plan.normalizeTopK ? best : picked;
    const top = row[picked[0] ?? 0] ?? 0;
    const exps = over.map((e) => Math.exp((row[e] ?? 0) - top));
    const total = exps.reduce((sum, v) => sum + v, 0);
    const p = exps.map((v) => v / total);
    chosen.push(picked);
    picked.forEach((_, i) => {
      shares[t * plan.perToken + i] = p[i] ?? 0;
    });
    backs.push((grad) => {
      const dot = p.reduce((sum, v, i) => sum + v * (grad[i] ?? 0), 0);
      const out = new Array<number>(cols).fill(0);
      over.forEach((e, i) => {
        out[e] = (p[i] ?? 0) * ((grad[i] ?? 0) - dot);
      });
      return out;
    });
  }
  const tensor = tape.push('router_shares', logits.format, rows, shares, (grad) => {
    const dx = new Float32Array(rows * cols);
    backs.forEach((back, t) => {
      const own = grad.subarray(t * plan.perToken, (t + 1) * plan.perToken);
      dx.set(back(Array.from(own)), t * cols);
    });
    tape.give(logits, dx);
  });
  return { chosen, shares: tensor };
}

function rowsOf(tape: Tape, x: Tensor, tokens: readonly number[]): Tensor {
  const out = new Float32Array(tokens.length * x.cols);
  tokens.forEach((t, row) => {
    out.set(x.data.subarray(t * x.cols, (t + 1) * x.cols), row * x.cols);
  });
  const back = (grad: Float32Array): void => {
    const whole = new Float32Array(x.data.length);
    tokens.forEach((t, row) => {
      whole.set(grad.subarray(row * x.cols, (row + 1) * x.cols), t * x.cols);
    });
    tape.give(x, whole);
  };
  return tape.push('experts', x.format, tokens.length, out, back, true);
}

function expert(
  tape: Tape,
  plan: MoePlan,
  weights: Weights,
  x: Tensor,
  e: number,
  kind: Activation,
): Tensor {
  const at = `${tape.layer}.experts.${e}.`;
  const { intermediate } = plan;
  const up = weights.get(`${at}gate_up`, 2 * intermediate, x.cols);
  const down = weights.get(`${at}down`, x.cols, intermediate);
  let both = linear(tape, 'gate_up_proj', x, up);
  if (plan.style === 'qwen') {
    const even = Array.from({ length: intermediate }, (_, i) => i);
    const gate = columns(tape, 'gate_up_proj', both, even);
    const rest = columns(
      tape,
      'gate_up_proj',
      both,
      even.map((i) => i + intermediate),
    );
    const product = multiply(tape, 'act_up', activation(tape, 'act', gate, kind), rest);
    return linear(tape, 'down_proj', product, down);
  }
  both = addBias(tape, 'gate_up_proj', both, weights.get(`${at}gate_up.bias`, 1, 2 * intermediate));
  const out = linear(tape, 'down_proj', clampedGlu(tape, both, intermediate), down);
  return addBias(tape, 'down_proj', out, weights.get(`${at}down.bias`, 1, x.cols));
}

const glu = { alpha: 1.702, limit: 7 } as const;

/** gpt-oss: gate and up interleaved and clamped, `(up + 1) * gate * sigmoid(1.702 gate)`, each step stored. */
function clampedGlu(tape: Tape, both: Tensor, intermediate: number): Tensor {
  const r = both.format.round;
  const parts = (i: number) => {
    const row = Math.floor(i / intermediate) * both.cols;
    const at = row + 2 * (i % intermediate);
    const rawGate = both.data[at] ?? 0;
    const rawUp = both.data[at + 1] ?? 0;
    const gate = Math.min(rawGate, glu.limit);
    const up = Math.max(-glu.limit, Math.min(rawUp, glu.limit));
    const sigmoid = r(1 / (1 + Math.exp(-r(gate * glu.alpha))));
    const bent = r(gate * sigmoid);
    return { at, rawGate, rawUp, gate, sigmoid, bent, raised: r(up + 1) };
  };
  const out = new Float32Array(both.rows * intermediate).map((_, i) => {
    const { bent, raised } = parts(i);
    return bent * raised;
  });
  return tape.push('act_up', both.format, both.rows, out, (grad) => {
    const dx = new Float32Array(both.data.length);
    grad.forEach((g, i) => {
      const { at, rawGate, rawUp, gate, sigmoid, bent, raised } = parts(i);
      const dBent = r(g * raised);
      const dSigmoid = r(dBent * gate);
      const inner = r(r(dSigmoid * sigmoid * (1 - sigmoid)) * glu.alpha);
      dx[at] = rawGate <= glu.limit ? r(dBent * sigmoid) + inner : 0;
      dx[at + 1] = Math.abs(rawUp) <= glu.limit ? r(g * bent) : 0;
    });
    tape.give(both, dx);
  });
}

/** Each row times the share its token gave to expert `e`. */
function weigh(
  tape: Tape,
  x: Tensor,
  routing: Routing,
  tokens: readonly number[],
  e: number,
): Tensor {
  const { shares, chosen } = routing;
  const places = tokens.map((t) => t * shares.cols + (chosen[t] ?? []).indexOf(e));
  const share = (i: number): number => shares.data[places[Math.floor(i / x.cols)] ?? 0] ?? 0;
  const out = x.data.map((v, i) => v * share(i));
  return tape.push('expert_weighted', x.format, x.rows, out, (grad) => {
    const ds = new Float32Array(shares.data.length);
    places.forEach((place, row) => {
      let sum = 0;
      for (let i = row * x.cols; i < (row + 1) * x.cols; i++) {
        sum += x.format.round((grad[i] ?? 0) * (x.data[i] ?? 0));
      }
      ds[place] = sum;
    });
    tape.give(shares, ds);
    tape.give(
      x,
      grad.map((g, i) => g * share(i)),
    );
  });
}

/** Adds every expert's rows to the token they belong to, rounding after each. */
function gather(
  tape: Tape,
  like: Tensor,
  parts: readonly { readonly token: number; readonly out: Tensor; readonly row: number }[],
): Tensor {
  const { cols, format } = like;
  const out = new Float32Array(like.data.length);
  for (const { token, out: part, row } of parts) {
    for (let i = 0; i < cols; i++) {
      const at = token * cols + i;
      out[at] = format.round((out[at] ?? 0) + (part.data[row * cols + i] ?? 0));
    }
  }
  const gain = tape.tune('experts', tape.layer, out);
  return tape.push('experts', format, like.rows, out, (grad) => {
    for (const part of new Set(parts.map((p) => p.out))) {
      const own = new Float32Array(part.data.length);
      for (const { token, out: other, row } of parts) {
        if (other !== part) continue;
        own.set(grad.subarray(token * cols, (token + 1) * cols), row * cols);
      }
      if (gain !== 1) for (let i = 0; i < own.length; i++) own[i] = (own[i] ?? 0) * gain;
      tape.give(part, own);
    }
  });
}
