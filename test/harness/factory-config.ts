/** A config of LLaMA-Factory for a LoRA of a 7B model, with these lines at its end. */
export const factoryConfig = (...lines: readonly string[]): string =>
  [...COMMON, ...lines, ''].join('\n');

const COMMON = [
  'model_name_or_path: Qwen/Qwen2.5-7B-Instruct',
  'stage: sft',
  'do_train: true',
  'finetuning_type: lora',
  'dataset: identity',
  'template: qwen',
  'output_dir: out',
];
