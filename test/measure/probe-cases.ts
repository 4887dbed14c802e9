// Writes the planted decoders that probe-golden.py runs in torch:
//
//   npx tsx test/measure/probe-cases.ts > test/golden/probe-cases.json
//
// Sites, factors and formats are drawn without a look at what either side makes of them.

import { type Family, styles } from '../../src-core/probe/plan.ts';
import type { Case } from '../probe/planted.ts';

let state = 20_261_123;
/** Uniform in [0, 1): xorshift, so that the list never changes by itself. */
function draw(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

function pick<T>(from: readonly T[]): T {
  const one = from[Math.floor(draw() * from.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

const families: Case['family'][] = [
  ...Object.keys(styles).filter((name): name is Family => name in styles),
  't5',
];

function sitesOf(family: Case['family'], layer: number): string[] {
  if (family === 't5') {
    const own = ['input_norm', 'q_proj', 'k_proj', 'v_proj', 'o_proj', 'mlp_norm', 'up_proj'];
    return [...own, 'down_proj'].map((name) => `${layer}.${name}`);
  }
  const own = ['input_norm', 'o_proj', 'mlp_norm'];
  if (family === 'phi3' || family === 'gpt_neox') own.push('qkv_proj');
  else own.push('q_proj', 'k_proj', 'v_proj', 'k_proj.bias', 'q_proj.bias');
  if (family === 'phi3' || family === 'glm' || family === 'glm4')
    own.push('gate_up_proj', 'down_proj');
  else if (family === 'qwen3_moe' || family === 'gpt_oss') {
    own.push(
      'router',
      ...[0, 1, 2, 3].flatMap((e) => [`experts.${e}.gate_up`, `experts.${e}.down`]),
    );
  } else own.push('gate_proj', 'up_proj', 'down_proj');
  if (family === 'gemma2' || family === 'gemma3_text' || family === 'glm4') {
    own.push('post_attn_norm', 'post_mlp_norm');
  }
  if (family === 'qwen3' || family === 'gemma3_text' || family === 'qwen3_moe') {
    own.push('q_norm', 'k_norm');
  }
  return own.map((name) => `${layer}.${name}`);
}

function plantedCase(id: number): Case {
  const family = families[id % families.length] ?? 'llama';
  const dump = id < families.length;
  const layers = dump ? 1 : 2 + (id % 2);
  const gains: Record<string, number> = {};
  const spikes: Record<string, [number, number][]> = {};
  const scenario = dump
    ? 'clean'
    : pick(['forward', 'forward', 'backward', 'backward', 'both', 'clean'] as const);
  const layer = Math.floor(draw() * layers);
  const sites = [...sitesOf(family, layer), 'lm_head', 'embed', 'final_norm'];
  if (scenario === 'forward' || scenario === 'both') {
    for (let n = 1 + Math.floor(draw() * 2); n > 0; n--)
      gains[pick(sites)] = 10 ** (2 + 4 * draw());
    if (draw() < 0.4) {
      spikes[pick(sites)] = [
        [Math.floor(draw() * 4096), Math.sign(draw() - 0.5) * 10 ** (2 + 3 * draw())],
      ];
    }
  }
  if (scenario === 'backward') {
    const smaller = draw() < 0.5 ? ['embed', `${layer}.o_proj`, `${layer}.v_proj`] : [];
    for (const name of smaller) gains[name] = 10 ** (-5 * draw());
    for (let n = 1 + Math.floor(draw() * 3); n > 0; n--) gains[pick(sites)] = 10 ** (draw() * 2.5);
  }
  const scaled = scenario === 'backward' || scenario === 'both' || draw() < 0.5;
  const exponent = scenario === 'clean' ? 10 : 10 + Math.floor(draw() * 9);
  return {
    ...{ id, family, seed: 1000 + id, layers },
    dtype: draw() < 0.85 ? 'float16' : 'bfloat16',
    autocast: dump ? id % 3 === 1 : draw() < 0.5,
    attention: family === 'gpt_oss' || id % 4 < 2 ? 'eager' : 'sdpa',
    scaler: scaled ? 2 ** exponent : 0,
    ...{ gains, spikes, lr: 1e-4, dump },
  };
}

const cases = Array.from({ length: 448 }, (_, id) => plantedCase(id));
console.log(`[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]`);
