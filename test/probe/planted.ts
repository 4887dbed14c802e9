import type { EncoderDecoderPlan } from '../../src-core/probe/encoder-decoder.ts';
import { bf16, fp16, fp32 } from '../../src-core/probe/formats.ts';
import {
  type DecoderPlan,
  decoderPlan,
  type Family,
  type MoePlan,
} from '../../src-core/probe/plan.ts';
import type { Policy } from '../../src-core/probe/tape.ts';
import type { WeightSource } from '../../src-core/probe/weights.ts';

/** One planted decoder, as the script that ran it in torch reads it too. */
export interface Case {
  readonly id: number;
  readonly family: Family | 't5';
  readonly seed: number;
  readonly layers: number;
  readonly dtype: 'float16' | 'bfloat16';
  readonly autocast: boolean;
  readonly attention: 'eager' | 'sdpa';
  readonly scaler: number;
  /** Whole weights multiplied by a factor. */
  readonly gains: Readonly<Record<string, number>>;
  /** Single weights set to a value. */
  readonly spikes: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly lr: number;
  readonly dump: boolean;
}

export const sizes = { hidden: 32, intermediate: 64, vocab: 48, heads: 4, headDim: 8, tokens: 6 };

const kvHeads: Partial<Record<Case['family'], number>> = { phi: 4, gpt_neox: 4, opt: 4, phi3: 4 };

export function planOf(test: Case): DecoderPlan | EncoderDecoderPlan {
  if (test.family === 't5') {
    const { hidden, intermediate, vocab, heads, headDim } = sizes;
    const layers = test.layers;
    return { encoderLayers: layers, layers, hidden, intermediate, vocab, heads, headDim };
  }
  const moe: MoePlan | undefined =
    test.family === 'qwen3_moe'
      ? { style: 'qwen', experts: 4, perToken: 2, intermediate: 32, normalizeTopK: true }
      : test.family === 'gpt_oss'
        ? { style: 'gpt_oss', experts: 4, perToken: 2, intermediate: 64 }
        : undefined;
  const { hidden, intermediate, vocab, heads, headDim } = sizes;
  const plan = decoderPlan(
    test.family,
    {
      layers: test.layers,
      hidden,
      intermediate,
      vocab,
      heads,
      headDim,
      kvHeads: kvHeads[test.family] ?? 2,
    },
    moe,
  );
  // An untied head lets torch report its gradient when it is made, not when both are in.
  return { ...plan, tiedHead: false };
}

export function policyOf(test: Case): Policy {
  const compute = test.dtype === 'float16' ? fp16 : bf16;
  return {
    compute,
    weights: test.autocast ? fp32 : compute,
    autocast: test.autocast,
    fusedAttention: test.attention === 'sdpa',
    lossScale: test.scaler || 1,
    weightGradients: true,
  };
}

/** FNV-1a of a string, 32 bit. */
function hashOf(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Uniform in [-1, 1), the same in every language. */
function uniform(key: number, i: number): number {
  let h = (key + Math.imul(i, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = (h ^ (h >>> 16)) >>> 0;
  return h / 2 ** 31 - 1;
}

/** Mean and spread of a fresh weight, by its name. */
function spread(name: string, cols: number, gemmaNorm: boolean): [number, number] {
  if (/norm$/.test(name)) return [gemmaNorm ? 0 : 1, 0.1];
  if (/bias$|sinks$/.test(name)) return [0, 0.1];
  if (/embed$|positions$/.test(name)) return [0, 1];
  return [0, 1 / Math.sqrt(cols)];
}

export function weightsOf(test: Case): WeightSource {
  const gemmaNorm = test.family.startsWith('gemma');
  return (name, rows, cols) => {
    const key = hashOf(`${test.seed}/${name}`);
    const [mean, std] = spread(name, cols, gemmaNorm);
    const width = std * Math.sqrt(3);
    const gain = test.gains[name] ?? 1;
    const data = new Float32Array(rows * cols);
    for (let i = 0; i < data.length; i++) data[i] = (mean + uniform(key, i) * width) * gain;
    for (const [at, value] of test.spikes[name] ?? []) data[at % data.length] = value;
    return data;
  };
}

export function tokensOf(test: Case): number[] {
  const key = hashOf(`${test.seed}/tokens`);
  return Array.from({ length: sizes.tokens }, (_, i) =>
    Math.floor(((uniform(key, i) + 1) / 2) * sizes.vocab),
  );
}
