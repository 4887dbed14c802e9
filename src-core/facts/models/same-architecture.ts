/**
 * Models outside the table that have the dimensions of one inside it, by the stem of their name.
 * Each is a published fine-tune, or a release with the same config; the parameter counts agree.
 * Only dimensions are taken over: context length and rope base may differ.
 */
const sameDimensions: Readonly<Record<string, string>> = {
  'bge-en-icl': 'mistralai/Mistral-7B-v0.1',
  'bge-multilingual-gemma-2': 'google/gemma-2-9b',
  'bge-reranker-v2-gemma': 'google/gemma-2b',
  'bge-reranker-v2-minicpm-layerwise': 'openbmb/MiniCPM-2B-sft-bf16',
  'codegemma-7b': 'google/gemma-7b',
  'deepseek-r-1-0528-qwen-3-8b': 'Qwen/Qwen3-8B',
  'devstral-small-2505': 'mistralai/Mistral-Small-24B-Base-2501',
  'devstral-small-2507': 'mistralai/Mistral-Small-24B-Base-2501',
  'gemma-1.1-2b': 'google/gemma-2b',
  'gemma-1.1-7b': 'google/gemma-7b',
  'llama-13b': 'meta-llama/Llama-2-13b-hf',
  'magistral-small-2506': 'mistralai/Mistral-Small-24B-Base-2501',
  'magistral-small-2507': 'mistralai/Mistral-Small-24B-Base-2501',
  'minimax-m-2': 'MiniMaxAI/MiniMax-M2.5',
  'phi-3-medium-128k': 'microsoft/Phi-3-medium-4k-instruct',
  'qwen-2-math-1.5b': 'Qwen/Qwen2-1.5B',
  'qwen-2-math-7b': 'Qwen/Qwen2-7B',
  'qwen-2-math-72b': 'Qwen/Qwen2-72B',
  'qwen-3-coder-30b-a3b': 'Qwen/Qwen3-30B-A3B',
  'qwq-32b-preview': 'Qwen/Qwen2.5-32B',
  'smollm-135m': 'HuggingFaceTB/SmolLM2-135M',
  'smollm-360m': 'HuggingFaceTB/SmolLM2-360M',
  'tinyllama-v1.1': 'TinyLlama/TinyLlama-1.1B-Chat-v1.0',
  'vicuna-13b-v1.5': 'meta-llama/Llama-2-13b-hf',
  'vicuna-7b-v1.5': 'meta-llama/Llama-2-7b-hf',
  'yi-34b': '01-ai/Yi-1.5-34B',
  'zephyr-7b-alpha': 'mistralai/Mistral-7B-v0.1',
  'zephyr-7b-beta': 'mistralai/Mistral-7B-v0.1',
};

/** The id of the table's model that has the dimensions of the model with this stem. */
export function sameArchitecture(stem: string): string | undefined {
  return Object.hasOwn(sameDimensions, stem) ? sameDimensions[stem] : undefined;
}
