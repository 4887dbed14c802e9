import { lazy } from '../text/lazy.ts';
import { type Message, say } from '../text/message.ts';
/** A line of a framework's own check, and the rule that says the same of the config. */
export interface KnownError {
  readonly pattern: RegExp;
  readonly rule: string;
  readonly says: Message;
}

/**
 * Lines that name a mistake which a config shows. Sources: torch/amp/grad_scaler.py,
 * transformers/training_args.py, trainer_utils.py and hf_argparser.py, accelerate/accelerator.py,
 * flash_attn, LLaMA-Factory hparams/parser.py, ms-swift pipelines/base.py.
 */
export const KNOWN_ERRORS = lazy((): readonly KnownError[] => [
  {
    pattern: /Attempting to unscale FP16 gradients/,
    rule: 'fp16-trainable-weights',
    says: say`the trained weights are fp16, and the loss scaler refuses fp16 gradients`,
  },
  {
    pattern: /_amp_foreach_non_finite_check_and_unscale_cuda" not implemented for 'BFloat16'/,
    rule: 'bf16-gradients-under-scaler',
    says: say`fp16 training is on while the trained weights are bf16`,
  },
  {
    pattern: /At most one of fp16 and bf16 can be True for full eval/,
    rule: 'fp16-and-bf16-eval',
    says: say`fp16_full_eval and bf16_full_eval are both on`,
  },
  {
    pattern: /At most one of fp16 and bf16 can be True, but not both/,
    rule: 'fp16-and-bf16',
    says: say`fp16 and bf16 are both on`,
  },
  {
    pattern: /Your setup doesn't support bf16\/gpu/,
    rule: 'bf16-unsupported-gpu',
    says: say`bf16 is on, and the device has none`,
  },
  {
    pattern: /--tf32 requires Ampere or a newer GPU arch/,
    rule: 'tf32-unsupported-gpu',
    says: say`tf32 is on, and the card is older than Ampere`,
  },
  {
    pattern: /FlashAttention only supports Ampere GPUs or newer/,
    rule: 'flash-attention-unsupported',
    says: say`FlashAttention is on, and the card is older than Ampere`,
  },
  {
    pattern: /fp16 mixed precision requires a (?:device in|GPU)/,
    rule: 'fp16-on-cpu',
    says: say`fp16 is on without a device that has it`,
  },
  {
    pattern: /You cannot perform fine-tuning on purely quantized models/,
    rule: 'quantized-full-training',
    says: say`the weights are quantised and nothing is left to train`,
  },
  {
    pattern: /--load_best_model_at_end requires the save(?: and eval)? (?:strategy|steps)/,
    rule: 'rejected-combination',
    says: say`load_best_model_at_end needs evaluation and saving in step`,
  },
  {
    pattern: /Some (?:specified arguments|keys) are not used by the HfArgumentParser: [^\n]{0,200}/,
    rule: 'unknown-key',
    says: say`the framework does not know these arguments`,
  },
  {
    pattern: /ValueError: remaining_argv: [^\n]{0,200}/,
    rule: 'unknown-key',
    says: say`the framework does not know these arguments`,
  },
  {
    pattern: /\berror: unrecognized arguments: [^\n]{0,200}/,
    rule: 'unknown-key',
    says: say`the framework does not know these arguments`,
  },
]);

/** One pattern for all of them; the n-th error is the group `e<n>`. */
export const KNOWN_ERRORS_SOURCE = KNOWN_ERRORS()
  .map(({ pattern }, i) => `(?<e${i}>${pattern.source})`)
  .join('|');
