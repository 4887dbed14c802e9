import {
  attentionFields,
  deltaFields,
  feedForwardFields,
  mlaFields,
  moeFields,
  variedFields,
} from './config-arch.ts';
import { configDefaults, normTypeOf } from './config-families.ts';
import { asConfig, type Config, count, defined, flag, text } from './config-fields.ts';
import type { DType } from './dtypes.ts';
import { familyOf } from './families.ts';
import type { ArchSpec, ModelRecord, VisionSpec } from './model.ts';
import { countParams } from './params.ts';
import { visionParams } from './vision-params.ts';

/**
 * The model that a Hugging Face `config.json` describes, parameters counted from its dimensions.
 * `undefined` where the value is no such config, or its family or vision tower is unknown: a wrong
 * count would be worse than none. Never throws.
 */
export function modelFromConfig(json: unknown, id: string): ModelRecord | undefined {
  const config = asConfig(json);
  if (config === undefined) return undefined;
  const arch = archFromConfig(config);
  const params = arch === undefined ? undefined : countParams(arch);
  if (arch === undefined || params === undefined || !(params > 0)) return undefined;
  const dtype = dtypeOf(config);
  const quantized = quantizedOf(config);
  return {
    id,
    arch,
    params,
    basis: 'config',
    sources: ['config.json'],
    ...(dtype && { dtype }),
    ...(quantized && { quantized }),
  };
}

/** The text model's dimensions, with the vision tower where the config has one. */
export function archFromConfig(config: Config): ArchSpec | undefined {
  const modelType = typeOf(config);
  const inner = asConfig(config.text_config) ?? asConfig(config.llm_config);
  const own = inner ?? config;
  const body = textArch(own, modelType, config);
  if (body === undefined) return undefined;
  const tower = asConfig(config.vision_config);
  if (tower === undefined) return familyIsText(modelType) ? body : undefined;
  const vision = visionSpec(tower, modelType, body.hiddenSize);
  return vision === undefined ? undefined : { ...body, vision };
}

/** Multimodal by nature: without a tower in the config these are not the model we know. */
const withTower = new Set([
  'qwen2_vl',
  'qwen2_5_vl',
  'qwen3_5',
  'qwen3_5_moe',
  'qwen3_vl',
  'qwen3_vl_moe',
  'gemma3',
  'gemma4',
  'llama4',
]);

const familyIsText = (modelType: string): boolean => !withTower.has(modelType);

/** `model_type`, with the old names of remote code mapped to the class they became. */
function typeOf(config: Config): string {
  const type = text(config, ['model_type']) ?? '';
  if (type === 'RefinedWebModel' || type === 'RefinedWeb') return 'falcon';
  return type;
}

function textArch(config: Config, modelType: string, outer: Config): ArchSpec | undefined {
  const family = familyOf(modelType);
  const defaults = configDefaults(modelType);
  const hiddenSize = count(config, ['hidden_size', 'n_embd', 'n_embed', 'd_model']);
  const layers = count(config, ['num_hidden_layers', 'n_layer', 'num_layers']);
  const vocabSize = count(config, ['padded_vocab_size', 'vocab_size']) ?? defaults.vocabSize;
  if (!family || !hiddenSize || !layers || !vocabSize || isUncommon(config, modelType)) {
    return undefined;
  }
  if (!Number.isInteger(layers) || layers > MOST_LAYERS) return undefined;
  const attention = attentionFields(config, modelType, hiddenSize);
  const feedForward = feedForwardFields(config, modelType, hiddenSize);
  const moe = moeFields(config, modelType);
  const delta = deltaFields(config, modelType, layers);
  const varied = variedFields(config, modelType, layers);
  if (!attention || !feedForward || (family.moe && !moe) || delta === null) return undefined;
  if (varied === null) return undefined;
  const tied = flag(config, ['tie_word_embeddings']) ?? flag(outer, ['tie_word_embeddings']);
  const decoder = count(config, ['num_decoder_layers']) ?? layers;
  return defined({
    modelType,
    hiddenSize,
    layers: family.t5 ? decoder : layers,
    vocabSize,
    tieWordEmbeddings: tied ?? defaults.tied ?? false,
    ...attention,
    ...feedForward,
    maxPositionEmbeddings: count(config, POSITIONS) ?? defaults.positions,
    ropeTheta: ropeTheta(config),
    normType: normTypeOf(family, modelType),
    attnSoftcap: count(config, ['attn_logit_softcapping'], 0),
    finalSoftcap: count(config, ['final_logit_softcapping'], 0),
    encoderLayers: family.t5 ? layers : undefined,
    moe,
    mla: mlaFields(config),
    delta,
    varied,
  });
}

/** Layers are acted out and counted one by one: more than any model has is a slip, or meant to keep us busy. */
const MOST_LAYERS = 4096;

const POSITIONS = ['max_position_embeddings', 'n_positions', 'seq_length', 'n_ctx'];

/** Layouts whose blocks differ from the family's: they are not counted rather than miscounted. */
function isUncommon(config: Config, modelType: string): boolean {
  const hidden = config.hidden_size;
  if (modelType === 'opt') {
    const projected = config.word_embed_proj_dim;
    return (
      config.do_layer_norm_before === false || (projected !== undefined && projected !== hidden)
    );
  }
  if (modelType === 'phimoe') return config.lm_head_bias !== true;
  if (modelType === 'stablelm' && config.qk_layernorm === true) return true;
  return modelType === 'falcon' && (config.alibi === true || config.parallel_attn === false);
}

function ropeTheta(config: Config): number | undefined {
  const scaling = asConfig(config.rope_parameters) ?? asConfig(config.rope_scaling) ?? {};
  return count(config, ['rope_theta', 'rotary_emb_base']) ?? count(scaling, ['rope_theta']);
}

function visionSpec(config: Config, modelType: string, textHidden: number): VisionSpec | undefined {
  const fallback = towerDefaults[modelType];
  const hiddenSize =
    (modelType === 'qwen2_vl' ? count(config, ['embed_dim']) : count(config, ['hidden_size'])) ??
    fallback?.hiddenSize;
  const layers = count(config, ['depth', 'num_hidden_layers']) ?? fallback?.layers;
  const heads = count(config, ['num_heads', 'num_attention_heads']) ?? fallback?.heads;
  if (!hiddenSize || !layers || !heads) return undefined;
  const ratio = count(config, ['mlp_ratio']) ?? 4;
  const given = count(config, ['intermediate_size']) ?? fallback?.intermediateSize;
  const byRatio = modelType === 'qwen2_vl' || given === undefined;
  const intermediateSize = byRatio ? hiddenSize * ratio : given;
  const patchSize = count(config, ['patch_size', 'spatial_patch_size']) ?? fallback?.patchSize;
  const spec = { hiddenSize, intermediateSize, layers, heads, ...(patchSize && { patchSize }) };
  const params = visionParams(modelType, { config, spec, textHidden });
  return params === undefined ? undefined : { ...spec, params };
}

/** What transformers assumes of a tower where its config leaves fields out. */
const towerDefaults: Readonly<Record<string, VisionSpec>> = {
  qwen2_vl: { hiddenSize: 1280, intermediateSize: 5120, layers: 32, heads: 16, patchSize: 14 },
  qwen2_5_vl: { hiddenSize: 1280, intermediateSize: 3420, layers: 32, heads: 16, patchSize: 14 },
  qwen3_5: { hiddenSize: 1152, intermediateSize: 4304, layers: 27, heads: 16, patchSize: 16 },
  qwen3_5_moe: { hiddenSize: 1152, intermediateSize: 4304, layers: 27, heads: 16, patchSize: 16 },
  qwen3_vl: { hiddenSize: 1152, intermediateSize: 4304, layers: 27, heads: 16, patchSize: 16 },
  qwen3_vl_moe: { hiddenSize: 1152, intermediateSize: 4304, layers: 27, heads: 16, patchSize: 16 },
  gemma3: { hiddenSize: 1152, intermediateSize: 4304, layers: 27, heads: 16, patchSize: 14 },
  llama4: { hiddenSize: 1408, intermediateSize: 5632, layers: 34, heads: 16, patchSize: 14 },
};

const dtypes: ReadonlyMap<string, DType> = new Map([
  ['float32', 'float32'],
  ['bfloat16', 'bfloat16'],
  ['float16', 'float16'],
]);

function dtypeOf(config: Config): DType | undefined {
  const inner = asConfig(config.text_config) ?? {};
  const names = ['dtype', 'torch_dtype'];
  const written = text(config, names) ?? text(inner, names);
  return dtypes.get(written?.replace(/^torch\./, '') ?? '');
}

function quantizedOf(config: Config): string | undefined {
  const quant = asConfig(config.quantization_config);
  if (quant === undefined) return undefined;
  const method = text(quant, ['quant_method'])?.toLowerCase();
  const bits = count(quant, ['bits']);
  if (method === undefined || method === 'bitsandbytes') {
    if (quant.load_in_4bit === true) return 'bnb-4bit';
    return quant.load_in_8bit === true ? 'bnb-8bit' : method && 'bnb';
  }
  return method === 'gptq' && bits === 8 ? 'gptq-8bit' : method;
}
