import { bytes, formatBytes } from '../run/units.ts';
import { type Message, say } from '../text/message.ts';
import { COST, type Lever } from './lever.ts';
import { ligerParts } from './liger.ts';
import { shapeOf } from './params.ts';
import type { EstimateSpec } from './spec.ts';
import { closedForm } from './terms/closed-form.ts';
import { vllmLevers } from './vllm-levers.ts';

/** Everything that may be changed about `spec`, whether or not it helps. */
export function leversOf(spec: EstimateSpec): readonly Lever[] {
  return [
    ...batches(spec),
    checkpointing,
    liger,
    ...optimizers(spec),
    ...([2, 3] as const).map(shards),
    ...vllmLevers(spec),
    quantization,
    ...lengths(spec),
    targets,
    adapters,
  ];
}

/** Smaller micro batches with as many samples in a step as before. */
function batches(spec: EstimateSpec): readonly Lever[] {
  const found: Lever[] = [];
  for (let parts = 2; parts <= spec.microBatch; parts++) {
    const to = spec.microBatch / parts;
    if (!Number.isInteger(to)) continue;
    const accumulation = spec.gradientAccumulation * parts;
    found.push({
      slot: 'batch',
      title:
        parts === 2
          ? say`halve micro batch to ${to}, double accumulation to ${accumulation}`
          : say`micro batch ${to}, accumulation ${accumulation}`,
      cost: COST.same + Math.log2(parts) / 100,
      changes: [
        { field: 'microBatch', to },
        { field: 'gradientAccumulation', to: accumulation },
      ],
      apply: (one) => ({ ...one, microBatch: to, gradientAccumulation: accumulation }),
    });
  }
  return found;
}

const checkpointing: Lever = {
  slot: 'checkpointing',
  title: say`turn on gradient checkpointing`,
  cost: 1.3 * COST.same,
  changes: [{ field: 'gradientCheckpointing', to: true }],
  apply: (spec) =>
    spec.checkpointing.mode === 'none'
      ? { ...spec, checkpointing: { mode: 'non-reentrant', everyLayers: 1, offload: false } }
      : undefined,
};

const liger: Lever = {
  slot: 'liger',
  title: say`use Liger kernels`,
  cost: 1.6 * COST.same,
  changes: [{ field: 'liger', to: true }],
  apply(spec) {
    // ms-swift refuses them where a process spreads the layers over several GPUs.
    const whole = spec.parallel.pipeline === 1;
    const fits = whole && (spec.stage === 'sft' || spec.stage === 'pretrain');
    const to: EstimateSpec = { ...spec, liger: true, lossKernel: 'fused' };
    return !spec.liger && spec.trainer !== 'unsloth' && fits && ligerParts(to) !== null
      ? to
      : undefined;
  },
};

/** bitsandbytes' AdamW: its states in host memory, then in 8 bit. FSDP's shards are not for it. */
function optimizers(spec: EstimateSpec): readonly Lever[] {
  const ownAdam = /^(paged_)?adamw/.test(spec.optimizer) && !/[48]bit/.test(spec.optimizer);
  if (!ownAdam || spec.adapter !== null) return [];
  const states = formatBytes(bytes(8 * closedForm(spec).trainable));
  const lever = (to: string, cost: number, title: Message): Lever => ({
    slot: 'optimizer',
    title,
    cost,
    changes: [{ field: 'optimizer', to }],
    apply: (one) => (takesBitsandbytes(one) ? { ...one, optimizer: to } : undefined),
  });
  return [
    ...(spec.optimizer.startsWith('paged') || spec.parallel.world > 1
      ? []
      : [
          lever(
            'paged_adamw_32bit',
            COST.speed,
            say`page AdamW's states out to the host (${states} there)`,
          ),
        ]),
    lever('paged_adamw_8bit', COST.numerics, say`use the 8-bit paged AdamW`),
  ];
}

function takesBitsandbytes({ adapter, parallel }: EstimateSpec): boolean {
  return adapter === null && (parallel.engine === 'none' || parallel.engine === 'deepspeed');
}

function shards(stage: 2 | 3): Lever {
  return {
    slot: 'shards',
    title: say`ZeRO stage ${stage}`,
    cost: COST.speed * (1 + stage / 10),
    changes: [{ field: 'parallel.zeroStage', to: stage }],
    apply(spec) {
      const { world, engine, zeroStage } = spec.parallel;
      const plain = engine === 'none' && isPlain(spec);
      const lower = engine === 'deepspeed' && zeroStage < stage;
      if (world < 2 || !(plain || lower)) return undefined;
      return {
        ...spec,
        parallel: { ...spec.parallel, engine: 'deepspeed', zeroStage: stage },
      };
    },
  };
}

/** Nothing is split or quantised: what is data parallel may as well be ZeRO. */
function isPlain({ parallel, quantization }: EstimateSpec): boolean {
  const { tensor, pipeline, sequence, expert } = parallel;
  return quantization === null && tensor * pipeline * sequence * expert === 1;
}

const quantization: Lever = {
  slot: 'quantization',
  title: say`quantise the frozen weights to nf4 (QLoRA)`,
  cost: 1.1 * COST.numerics,
  changes: [{ field: 'quantization', to: 'nf4' }],
  apply(spec) {
    if (spec.adapter === null || spec.quantization !== null) return undefined;
    const computeDtype = spec.mixedPrecision === 'fp16' ? 'float16' : 'bfloat16';
    // Nothing calls PEFT's prepare_model_for_kbit_training that did not before.
    const kept = { doubleQuant: true, computeDtype, kbitPrepare: false } as const;
    return { ...spec, quantization: { method: 'bnb', bits: 4, type: 'nf4', ...kept } };
  },
};

/** Shortest length that is offered, tokens. */
const SHORTEST = 512;

function lengths(spec: EstimateSpec): readonly Lever[] {
  const found: Lever[] = [];
  for (let n = 2; spec.sequenceLength / n >= SHORTEST; n *= 2) {
    const to = Math.floor(spec.sequenceLength / n);
    found.push({
      slot: 'length',
      title: say`truncate to ${to} tokens`,
      cost: COST.data * (1 + Math.log2(n) / 100),
      changes: [{ field: 'maxLength', to }],
      apply: (one) => shortened(one, to),
    });
  }
  return found;
}

/** Samples of `length` tokens; what is sampled in training keeps its length, and its room. */
function shortened(spec: EstimateSpec, length: number): EstimateSpec | undefined {
  const { completionTokens, promptAlone } = spec.rollout;
  const samples = (spec.stage === 'grpo' || spec.stage === 'ppo') && !promptAlone;
  const rest = promptAlone ? length : Math.floor(length / 2);
  const promptTokens = samples ? length - completionTokens : rest;
  if (promptTokens < 1) return undefined;
  return { ...spec, sequenceLength: length, rollout: { ...spec.rollout, promptTokens } };
}

const FEW_TARGETS = ['q_proj', 'v_proj'] as const;

const targets: Lever = {
  slot: 'targets',
  title: say`adapt only q_proj and v_proj`,
  cost: COST.method,
  changes: [{ field: 'lora.targets', to: FEW_TARGETS }],
  apply(spec) {
    const { adapter } = spec;
    const linears = shapeOf(spec.arch).attention.map(({ name }) => name);
    if (adapter === null || FEW_TARGETS.some((name) => !linears.includes(name))) return undefined;
    const all = adapter.targets === 'all-linear';
    const fewer = all || (adapter.targets.length > 2 && hasAll(adapter.targets, FEW_TARGETS));
    return fewer ? { ...spec, adapter: { ...adapter, targets: FEW_TARGETS } } : undefined;
  },
};

const hasAll = (list: readonly string[], some: readonly string[]): boolean =>
  some.every((one) => list.includes(one));

/** Frameworks make adapters of rank 8 or 16 and dropout 0 or 0.05 unless told: what takes more. */
const PLAIN_ADAPTER = {
  rank: 16,
  dropout: 0.05,
  targets: 'all-linear',
  rslora: false,
  modulesToSave: [],
  dtype: 'float32',
} as const;

const adapters: Lever = {
  slot: 'method',
  title: say`train LoRA adapters instead of all weights`,
  cost: 2 * COST.method,
  changes: [{ field: 'method', to: 'lora' }],
  apply: (spec) =>
    spec.method === 'full'
      ? { ...spec, method: 'lora', adapter: PLAIN_ADAPTER, trainableDtype: 'float32' }
      : undefined,
};
