/**
 * Tokens of the shape `<|name|>` in the vocabularies of two publishers' models, from the
 * tokenizer_config.json of their repositories on the Hub. In both, byte pairs never merge into such
 * a token, so that any other is not in the vocabulary.
 */
const QWEN = new Set([
  ...['endoftext', 'im_start', 'im_end', 'object_ref_start', 'object_ref_end', 'box_start'],
  ...['box_end', 'quad_start', 'quad_end', 'vision_start', 'vision_end', 'vision_pad'],
  ...['image_pad', 'video_pad', 'fim_prefix', 'fim_middle', 'fim_suffix', 'fim_pad'],
  ...['repo_name', 'file_sep', 'audio_start', 'audio_end', 'audio_pad', 'AUDIO', 'audio_bos'],
  ...['audio_eos', 'IMAGE', 'VIDEO', 'vision_bos', 'vision_eos'],
]);
const LLAMA3 =
  /^(?:begin_of_text|end_of_text|eot_id|eom_id|step_id|start_header_id|end_header_id|python_tag|finetune_right_pad_id|image|reserved_special_token_\d+)$/;

/**
 * Tells whether a token of the shape `<|name|>` is in a model's vocabulary; `undefined` for models
 * whose tokens are not known for sure. `id` is a hub id.
 */
export function specialTokens(id: string): ((token: string) => boolean) | undefined {
  if (/^Qwen\/Qwen(?:2|2\.5|3)-(?!VL|Omni|Audio)/.test(id))
    return (token) => QWEN.has(token.slice(2, -2));
  if (/^meta-llama\/(?:Meta-)?Llama-3(?:\.\d)?-/.test(id))
    return (token) => LLAMA3.test(token.slice(2, -2));
  return undefined;
}
