import {
  type ActivationProfile,
  activationFamily,
  familyProfile,
  maximumOf,
  profileOf,
  type Site,
} from '../facts/activations/activations.ts';
import { type Message, say } from '../text/message.ts';
import { type FloatFormat, formatOf, fp32, headroomBits, withoutLimit } from './formats.ts';
import { type DecoderPlan, decoderPlan, type Family, type MoePlan, styles } from './plan.ts';
import { residualFormat } from './residual-format.ts';
import type { OpRange } from './result.ts';
import type { ProbeSpec } from './spec.ts';
import { runStep } from './step.ts';
import type { Observation, Policy } from './tape.ts';
import {
  emulatedRows,
  type Magnitude,
  magnitudesOf,
  residualFrom,
  sink,
  tunerFor,
} from './targets.ts';
import { opOf } from './verdict.ts';

/** The emulated step's ranges, and what had to be assumed for them. */
export interface Emulation {
  readonly perOp: readonly OpRange[];
  readonly notes: readonly Message[];
}

/** Sizes of the emulation: magnitudes are planted, so a narrow model shows every rounding point. */
const small = { hidden: 32, intermediate: 32, vocab: 32, heads: 4, headDim: 8 } as const;
const tokens = Array.from({ length: emulatedRows }, (_, t) => (7 * t + 3) % small.vocab);

const graphs: readonly (readonly [RegExp, Family])[] = [
  [/^qwen3.*moe/, 'qwen3_moe'],
  [/^qwen3/, 'qwen3'],
  [/^qwen2/, 'qwen2'],
  [/^gemma3/, 'gemma3_text'],
  [/^gemma2/, 'gemma2'],
  [/^gemma$/, 'gemma'],
  [/^gpt_oss/, 'gpt_oss'],
  [/^mistral/, 'mistral'],
  [/^phi3|^phi4/, 'phi3'],
  [/^phi/, 'phi'],
  [/^gpt_neox/, 'gpt_neox'],
  [/^opt/, 'opt'],
  [/^glm4$/, 'glm4'],
  [/^glm|^chatglm/, 'glm'],
  [/^llama/, 'llama'],
];

const familyGraphs: Readonly<Record<string, Family>> = {
  'qwen2.5': 'qwen2',
  'qwen2.5-vl': 'qwen2',
  qwen3: 'qwen3',
  'gemma-3': 'gemma3_text',
  'gemma-2': 'gemma2',
  gemma: 'gemma',
  'gpt-oss': 'gpt_oss',
  'llama-2': 'llama',
  'llama-3': 'llama',
  mistral: 'mistral',
  'phi-2': 'phi',
  'phi-4': 'phi3',
  opt: 'opt',
  pythia: 'gpt_neox',
};

function graphOf(spec: ProbeSpec): Family | undefined {
  const type = spec.arch?.modelType;
  if (type !== undefined) return graphs.find(([pattern]) => pattern.test(type))?.[1];
  const family = activationFamily(spec.model);
  return family === undefined ? undefined : familyGraphs[family];
}

/** The published profile of the model, or else of the sibling nearest in width. */
function publishedProfile(
  spec: ProbeSpec,
): { readonly model: string; readonly profile: ActivationProfile } | undefined {
  const own = profileOf(spec.model);
  if (own || maximumOf(spec.model)) return own;
  const family = activationFamily(spec.model);
  return family === undefined ? undefined : familyProfile(family, spec.arch?.hiddenSize ?? 4096);
}

function planFor(graph: Family, layers: number, spec: ProbeSpec, sparse: boolean): DecoderPlan {
  const { heads = 4, kvHeads = 4 } = spec.arch ?? {};
  const share = kvHeads / heads;
  const kv = share > 0.7 || styles[graph].placement === 'parallel' ? 4 : share > 0.35 ? 2 : 1;
  const moe: MoePlan | undefined = sparse
    ? {
        ...{ experts: 4, perToken: 2, intermediate: 32, normalizeTopK: true },
        style: graph === 'gpt_oss' ? 'gpt_oss' : 'qwen',
      }
    : undefined;
  return decoderPlan(graph, { ...small, layers, kvHeads: kv }, moe);
}

/**
 * Replays one step of the model's graph with the published magnitudes planted; only those magnitudes
 * when the graph is not one of the table. `undefined` when nothing is published to plant.
 */
export function emulate(spec: ProbeSpec): Emulation | undefined {
  const graph = graphOf(spec);
  const found = publishedProfile(spec);
  const own = maximumOf(spec.model);
  const layers = spec.arch?.layers ?? found?.profile.layers;
  if (graph === undefined && found !== undefined) return figuresAlone(spec, found);
  if (graph === undefined || layers === undefined) return undefined;
  if (formatOf(spec.computeDtype)?.bits === 8) return undefined;
  const magnitude = found
    ? magnitudesOf(found.profile, layers)
    : own?.layer !== undefined && own.where === 'residual'
      ? residualFrom(own.value, own.layer)
      : undefined;
  if (magnitude === undefined) return undefined;
  const sparse =
    found?.profile.router !== undefined || graph === 'gpt_oss' || graph === 'qwen3_moe';
  const plan = planFor(graph === 'qwen3' && sparse ? 'qwen3_moe' : graph, layers, spec, sparse);
  return { perOp: ranges(spec, plan, magnitude), notes: notesOf(spec, found?.model) };
}

/** The published magnitudes by layer and op, for a model whose graph is not known here. */
function figuresAlone(
  spec: ProbeSpec,
  { model, profile }: { readonly model: string; readonly profile: ActivationProfile },
): Emulation {
  const format = formatOf(spec.computeDtype) ?? fp32;
  const perOp: OpRange[] = [];
  for (let layer = 0; layer < profile.layers; layer++) {
    for (const site of ['attn', 'gate', 'mlp', 'residual'] as const) {
      const max = profile[site]?.max[layer];
      if (max === undefined) continue;
      perOp.push({
        ...{ op: opOf(site, profile.router !== undefined), layer, direction: 'forward', max },
        ...{ headroomBits: headroomBits(format, max), flushedShare: undefined, published: true },
      });
    }
  }
  return {
    perOp,
    notes: [say`the figures are those published for ${model}; its graph is not emulated`],
  };
}

function notesOf(spec: ProbeSpec, profiled: string | undefined): Message[] {
  const notes = [
    say`QK^T, up projections and gradients have no published magnitudes: weights of unit gain`,
  ];
  if (profiled !== undefined && profileOf(spec.model) === undefined) {
    notes.push(say`magnitudes by layer are those of ${profiled}`);
  }
  return notes;
}

/**
 * Formats and attention path of the run, with the loss scaled as over `maxLength` tokens. The format
 * has no upper limit here, so that what comes after the first overflow keeps its magnitude.
 */
function policyOf(spec: ProbeSpec): Policy {
  const format = formatOf(spec.computeDtype) ?? fp32;
  const inFp32 = residualFormat(spec) !== format;
  const compute = withoutLimit(format);
  const scale = spec.lossScaling === 'none' ? 1 : 65_536;
  return {
    compute,
    weights: inFp32 ? fp32 : compute,
    autocast: inFp32,
    fusedAttention: spec.attention !== 'eager',
    weightGradients: false,
    lossScale: (scale * (tokens.length - 1)) / Math.max(spec.maxLength, tokens.length),
  };
}

function ranges(spec: ProbeSpec, plan: DecoderPlan, magnitude: Magnitude): OpRange[] {
  const policy = policyOf(spec);
  const found = new Map<string, OpRange>();
  const format = formatOf(spec.computeDtype) ?? fp32;
  const watch = (seen: Observation): void => {
    const one = rangeOf(seen, format, isPublished(seen, plan, magnitude));
    if (one === undefined) return;
    const key = `${one.direction}/${one.op}/${one.layer}`;
    const before = found.get(key);
    if (before === undefined || one.max > before.max) found.set(key, one);
  };
  const source = weightSource(magnitude('embedding', 0)?.rms ?? 1, plan);
  runStep(
    { plan, policy, source, tokens, tune: tunerFor(plan, magnitude), shareLayers: true },
    watch,
  );
  return [...found.values()];
}

/** Whether the op's largest value is the published one (not where the graph cannot take it). */
function isPublished(seen: Observation, plan: DecoderPlan, magnitude: Magnitude): boolean {
  const { op, layer, kind, rounding } = seen;
  if (kind !== 'forward' || layer === undefined) return false;
  const site = siteOf(op, plan);
  const target = site && magnitude(site, layer)?.max;
  return target !== undefined && Math.abs(rounding.max - target) <= 0.02 * target;
}

function siteOf(op: string, plan: DecoderPlan): Site | undefined {
  if (op === 'mlp_residual') return 'residual';
  if (op === 'o_proj') return 'attn';
  if (op === 'gate_proj') return plan.moe ? undefined : 'gate';
  return op === (plan.moe ? 'experts' : 'down_proj') ? 'mlp' : undefined;
}

function rangeOf(seen: Observation, format: FloatFormat, published: boolean): OpRange | undefined {
  const { op, layer, kind, rounding } = seen;
  if (op === 'loss') return undefined;
  const weight = kind === 'weight' ? `${op.replace(/^\d+\./, '')} weight` : op;
  return {
    op: weight,
    layer,
    direction: kind === 'forward' ? 'forward' : 'backward',
    max: rounding.max,
    headroomBits: headroomBits(format, rounding.max),
    flushedShare: rounding.nonzero === 0 ? 0 : rounding.flushed / rounding.nonzero,
    published,
  };
}

/** Pseudo-random weights of unit gain: one set for all layers; the massive channel starts empty. */
function weightSource(embeddingRms: number, plan: DecoderPlan) {
  return (name: string, rows: number, cols: number): Float32Array => {
    const data = new Float32Array(rows * cols);
    const gemma = plan.norm === 'gemma';
    if (/norm$/.test(name)) return data.fill(gemma ? 0 : 1);
    if (/bias$|sinks$|positions$/.test(name)) return data;
    const embeds = name === 'embed';
    const width = embeds ? embeddingRms / (plan.embedScale ?? 1) : 1 / Math.sqrt(cols);
    let state = name.length * 7919 + rows * 31 + cols;
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const empty = embeds && i % cols === sink.column;
      data[i] = empty ? 0 : (state / 2 ** 31 - 1) * Math.sqrt(3) * width;
    }
    return data;
  };
}
