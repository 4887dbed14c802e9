/** What a model builder's name says: `qlora_llama3_1_8b`. */
export interface Builder {
  readonly adapter: 'lora' | 'qlora' | undefined;
  /** The model on the hub that the builder is made for. */
  readonly model: string | undefined;
}

const MODELS: Readonly<Record<string, string>> = {
  gemma_2b: 'google/gemma-2b',
  gemma_7b: 'google/gemma-7b',
  gemma2_2b: 'google/gemma-2-2b',
  gemma2_9b: 'google/gemma-2-9b',
  gemma2_27b: 'google/gemma-2-27b',
  llama2_7b: 'meta-llama/Llama-2-7b-hf',
  llama2_13b: 'meta-llama/Llama-2-13b-hf',
  llama2_70b: 'meta-llama/Llama-2-70b-hf',
  llama3_8b: 'meta-llama/Meta-Llama-3-8B',
  llama3_70b: 'meta-llama/Meta-Llama-3-70B',
  llama3_1_8b: 'meta-llama/Llama-3.1-8B',
  llama3_1_70b: 'meta-llama/Llama-3.1-70B',
  llama3_1_405b: 'meta-llama/Llama-3.1-405B',
  llama3_2_1b: 'meta-llama/Llama-3.2-1B',
  llama3_2_3b: 'meta-llama/Llama-3.2-3B',
  llama3_3_70b: 'meta-llama/Llama-3.3-70B-Instruct',
  llama3_2_vision_11b: 'meta-llama/Llama-3.2-11B-Vision-Instruct',
  llama3_2_vision_90b: 'meta-llama/Llama-3.2-90B-Vision-Instruct',
  llama4_scout_17b_16e: 'meta-llama/Llama-4-Scout-17B-16E-Instruct',
  llama4_maverick_17b_128e: 'meta-llama/Llama-4-Maverick-17B-128E-Instruct',
  mistral_7b: 'mistralai/Mistral-7B-v0.1',
  phi3_mini: 'microsoft/Phi-3-mini-4k-instruct',
  phi4_14b: 'microsoft/phi-4',
  smollm2_135m: 'HuggingFaceTB/SmolLM2-135M',
  smollm2_360m: 'HuggingFaceTB/SmolLM2-360M',
  smollm2_1_7b: 'HuggingFaceTB/SmolLM2-1.7B',
};

/** Reads the name of a model builder, the last part of its dotted path. */
export function readBuilder(path: string): Builder {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const prefix = /^(q?lora)_/.exec(name)?.[1];
  const bare = name.replace(/^q?lora_/, '').replace('_reward', '');
  const model = Object.hasOwn(MODELS, bare) ? MODELS[bare] : qwen(bare);
  return { adapter: prefix === 'lora' || prefix === 'qlora' ? prefix : undefined, model };
}

/** `qwen2_5_1_5b_instruct`: family, size, and for which checkpoint. */
function qwen(name: string): string | undefined {
  const match = /^qwen(2_5|2|3)_(\d+(?:_\d+)?)b(?:_(base|instruct))?$/.exec(name);
  if (match === null) return undefined;
  const [, family = '', size = '', kind] = match;
  const stem = `Qwen/Qwen${family.replace('_', '.')}-${size.replace('_', '.')}B`;
  if (family === '3') return kind === 'base' ? `${stem}-Base` : stem;
  return kind === 'instruct' ? `${stem}-Instruct` : stem;
}
