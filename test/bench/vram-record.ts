import { shapeOf, totalParams } from '../../src-core/estimate/params.ts';
import { baseSpec, type EstimateSpec, NO_ROLLOUT } from '../../src-core/estimate/spec.ts';
import { deltaFields, variedFields } from '../../src-core/facts/config-arch.ts';
import type { DType, MixedPrecision } from '../../src-core/facts/dtypes.ts';
import type { ArchSpec } from '../../src-core/facts/model.ts';
import { parseAllocatorConf } from '../../src-core/frameworks/allocator-conf.ts';
import type { Attention } from '../../src-core/run/training-run.ts';

/** A `config.json` as the records carry it: transformers' snake case. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** One measured run: what was run, and what the card said. Sizes in bytes. */
export interface VramRecord {
  readonly id: string;
  readonly run: ConfigJson;
  readonly ok: boolean;
  readonly peak_allocated?: number;
  readonly peak_reserved?: number;
  readonly clean_reserved?: boolean;
  readonly after_load?: number;
  readonly params_total?: number;
  readonly params_trainable?: number;
  readonly phases?: Readonly<Record<string, number>>;
}

const number = (c: ConfigJson, ...names: readonly string[]): number | undefined => {
  for (const name of names) {
    const v = c[name];
    if (typeof v === 'number') return v;
  }
  return undefined;
};

const flag = (c: ConfigJson, name: string, otherwise: boolean): boolean => {
  const v = c[name];
  return typeof v === 'boolean' ? v : otherwise;
};

const text = (c: ConfigJson, name: string): string | undefined => {
  const v = c[name];
  return typeof v === 'string' ? v : undefined;
};

/** The architecture a `config.json` describes. */
export function archFromConfig(c: ConfigJson): ArchSpec {
  const hiddenSize = number(c, 'hidden_size', 'n_embd', 'd_model') ?? 0;
  const heads = number(c, 'num_attention_heads', 'n_head') ?? 1;
  const experts = number(c, 'num_experts', 'num_local_experts', 'n_routed_experts');
  const sliding = number(c, 'sliding_window');
  const layers = number(c, 'num_hidden_layers', 'n_layer') ?? 1;
  const positions = number(c, 'max_position_embeddings', 'n_positions');
  const moe =
    experts === undefined
      ? {}
      : {
          moe: {
            experts,
            expertsPerToken: number(c, 'num_experts_per_tok', 'top_k_experts') ?? 2,
            expertIntermediateSize:
              number(c, 'moe_intermediate_size', 'intermediate_size') ?? hiddenSize * 4,
            ...some('sharedIntermediateSize', number(c, 'shared_expert_intermediate_size')),
            ...some('sharedExperts', number(c, 'n_shared_experts')),
            ...some('denseLayers', number(c, 'first_k_dense_replace')),
            ...some('sparseStep', number(c, 'decoder_sparse_step')),
          },
        };
  return {
    modelType: text(c, 'model_type') ?? 'llama',
    hiddenSize,
    intermediateSize: number(c, 'intermediate_size', 'ffn_dim', 'n_inner') ?? 4 * hiddenSize,
    layers,
    heads,
    kvHeads: number(c, 'num_key_value_heads') ?? (flag(c, 'multi_query', false) ? 1 : heads),
    headDim: number(c, 'head_dim') ?? hiddenSize / heads,
    vocabSize: number(c, 'vocab_size') ?? 32000,
    tieWordEmbeddings: flag(c, 'tie_word_embeddings', false),
    ...some('maxPositionEmbeddings', positions),
    ...some('slidingWindow', sliding),
    ...some('attnSoftcap', number(c, 'attn_logit_softcapping')),
    ...some('finalSoftcap', number(c, 'final_logit_softcapping')),
    ...some('qkvBias', booleanOf(c, 'attention_bias', 'use_qkv_bias')),
    ...some('mlpBias', booleanOf(c, 'mlp_bias')),
    ...some('hiddenAct', text(c, 'hidden_act') ?? text(c, 'hidden_activation')),
    ...moe,
    ...latent(c),
    ...some('delta', deltaFields(c, text(c, 'model_type') ?? '', layers) ?? undefined),
    ...some('varied', variedFields(c, text(c, 'model_type') ?? '', layers) ?? undefined),
  };
}

/** Multi-head latent attention (DeepSeek). */
function latent(c: ConfigJson): Pick<ArchSpec, 'mla'> {
  const kvLoraRank = number(c, 'kv_lora_rank');
  if (kvLoraRank === undefined) return {};
  const mla = {
    kvLoraRank,
    ...some('qLoraRank', number(c, 'q_lora_rank')),
    qkNopeHeadDim: number(c, 'qk_nope_head_dim') ?? 128,
    qkRopeHeadDim: number(c, 'qk_rope_head_dim') ?? 64,
    vHeadDim: number(c, 'v_head_dim') ?? 128,
  };
  return { mla };
}

function booleanOf(c: ConfigJson, ...names: readonly string[]): boolean | undefined {
  const found = names.map((name) => c[name]).find((v) => typeof v === 'boolean');
  return typeof found === 'boolean' ? found : undefined;
}

function some<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

const DTYPES: Readonly<Record<string, DType>> = {
  bfloat16: 'bfloat16',
  float16: 'float16',
  float32: 'float32',
};
const ATTENTION: readonly Attention[] = [
  'eager',
  'sdpa',
  'flash_attention_2',
  'flash_attention_3',
  'flex_attention',
];

const STAGES: Readonly<Record<string, EstimateSpec['stage']>> = {
  dpo: 'dpo',
  kto: 'kto',
  orpo: 'orpo',
  reward: 'reward',
  classify: 'classify',
  grpo: 'grpo',
  rloo: 'grpo',
  gkd: 'gkd',
};

/** The estimate's input for one measured run. */
export function specOfRecord(record: VramRecord): EstimateSpec {
  const { run } = record;
  const arch = archFromConfig((run.arch ?? {}) as ConfigJson);
  const method = text(run, 'method') ?? 'full';
  const trainer = text(run, 'trainer');
  const loadDtype = DTYPES[text(run, 'torch_dtype') ?? 'bfloat16'] ?? 'bfloat16';
  const amp = (text(run, 'amp') ?? 'none') as MixedPrecision;
  const adapters = ['lora', 'qlora', 'dora', 'int8'].includes(method);
  const quantized = method === 'qlora' || method === 'int8';
  const seq = number(run, 'seq') ?? 1024;
  const beta = number(run, 'beta') ?? (trainer === 'rloo' ? 0.05 : 0);
  const base = baseSpec(arch);
  return {
    ...base,
    method:
      method === 'qlora' || method === 'int8'
        ? 'lora'
        : method === 'full' || method === 'freeze' || method === 'dora' || method === 'lora'
          ? method
          : 'other',
    trainer: trainer === undefined || trainer === 'classify' ? 'transformers' : 'trl',
    stage: STAGES[trainer ?? 'sft'] ?? 'sft',
    loadDtype,
    mixedPrecision: amp,
    trainableDtype: loadDtype,
    adapter: adapters
      ? {
          rank: number(run, 'lora_r') ?? 8,
          dropout: number(run, 'lora_dropout') ?? 0,
          targets: targetsOf(run.lora_target),
          rslora: flag(run, 'rslora', false),
          modulesToSave: listOf(run.modules_to_save),
          dtype: flag(run, 'adapter_fp32', !(trainer !== undefined && quantized))
            ? 'float32'
            : loadDtype,
        }
      : null,
    freezeTrainableLayers: number(run, 'freeze_trainable_layers') ?? 2,
    quantization: quantized
      ? {
          method: 'bnb',
          bits: method === 'int8' ? 8 : 4,
          type: method === 'int8' ? 'int8' : text(run, 'quant_type') === 'fp4' ? 'fp4' : 'nf4',
          doubleQuant: flag(run, 'double_quant', true),
          computeDtype: DTYPES[text(run, 'bnb_compute') ?? 'bfloat16'] ?? 'bfloat16',
          kbitPrepare: flag(run, 'kbit_prepare', trainer === undefined),
          ...some('storageDtype', text(run, 'quant_storage')),
        }
      : null,
    optimizer: text(run, 'optim') ?? 'adamw_torch_fused',
    microBatch: number(run, 'batch') ?? 1,
    sequenceLength: seq,
    gradientAccumulation: number(run, 'ga') ?? 1,
    ...some('evaluation', number(run, 'eval_batch')),
    checkpointing: {
      mode: !flag(run, 'gc', false)
        ? 'none'
        : flag(run, 'reentrant', false)
          ? 'reentrant'
          : 'non-reentrant',
      everyLayers: number(run, 'every_n_layers') ?? 1,
      offload: false,
    },
    batching: run.packed !== undefined ? 'packed' : flag(run, 'padded', false) ? 'padded' : 'full',
    parallel: { ...base.parallel, ...parallelOf(run) },
    platform: {
      ...base.platform,
      ...parseAllocatorConf(text(run, 'alloc_conf') ?? ''),
      ...(flag(run, 'expandable', false) && { expandableSegments: true }),
    },
    attention: ATTENTION.find((a) => a === text(run, 'attn')) ?? 'sdpa',
    liger: flag(run, 'liger', false),
    lossKernel: flag(run, 'liger', false)
      ? 'fused'
      : trainer === 'sft' && text(run, 'loss_type') !== 'nll'
        ? 'chunked'
        : 'full',
    ...some('deltaRule', deltaRuleOf(run.fla)),
    rollout: {
      ...NO_ROLLOUT,
      referenceModel: !adapters && (trainer === 'dpo' || trainer === 'kto' || beta > 0),
      klPenalty: beta > 0,
      promptTokens: number(run, 'prompt') ?? Math.floor(seq / 2),
      completionTokens: number(run, 'completion') ?? 0,
      generations: number(run, 'generations') ?? 1,
      generatesHere: trainer === 'grpo' || trainer === 'rloo',
    },
    ...(trainer === 'gkd' && {
      mixture: run.beta === undefined,
      others: 2 * totalParams(shapeOf(arch)),
    }),
  };
}

/** `ddp`, `fsdp`, `fsdp2`, `zero1` to `zero3`, or layers spread by `map`, on two cards. */
function parallelOf(run: ConfigJson): Partial<EstimateSpec['parallel']> {
  const engine = text(run, 'engine');
  if (engine === undefined) return {};
  if (engine === 'map') return { pipeline: 2 };
  if (engine === 'fsdp' || engine === 'fsdp2') {
    const offloads = flag((run.fsdp ?? {}) as ConfigJson, 'cpu_offload', false);
    return { world: 2, engine, offloadOptimizer: offloads, offloadParams: offloads };
  }
  const stage = ([1, 2, 3] as const).find((n) => engine === `zero${n}`);
  if (stage === undefined) return { world: 2 };
  const zero = (run.zero ?? {}) as ConfigJson;
  const buckets = {
    ...some('reduce', number(zero, 'reduce_bucket_size')),
    ...some('live', number(zero, 'stage3_max_live_parameters')),
    overlap: flag(zero, 'overlap_comm', false),
  };
  const offloadOptimizer = zero.offload_optimizer !== undefined;
  const offloadParams = zero.offload_param !== undefined;
  const engineOf = { world: 2, engine: 'deepspeed', zeroStage: stage } as const;
  return { ...engineOf, buckets, offloadOptimizer, offloadParams };
}

/** Whether flash-linear-attention was there, where that was recorded. */
function deltaRuleOf(fla: unknown): EstimateSpec['deltaRule'] {
  return typeof fla === 'boolean' ? (fla ? 'fused' : 'plain') : undefined;
}

function targetsOf(v: unknown): 'all-linear' | readonly string[] {
  return Array.isArray(v) ? v.map(String) : 'all-linear';
}

function listOf(v: unknown): readonly string[] {
  return Array.isArray(v) ? v.map(String) : [];
}
