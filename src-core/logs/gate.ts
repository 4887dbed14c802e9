/** How much of a long text is looked at, in UTF-16 units: its beginning and its end. */
const HEAD = 512 * 1024;
const TAIL = 64 * 1024;

/** A loss as a dict of the Trainer, torchtune or Megatron print it. */
const METRICS = [
  /['"](?:loss|eval_loss|train_loss)['"]\s*:\s*['"]?-?(?:\d|nan|inf|Infinity)/i,
  /\bStep \d+ \| (?:\w+:\S+ )*loss:/,
  /\biteration\s+\d+\/\s*\d+ \|(?:(?!\biteration\s+\d).)*\bloss: /,
  /\bloss: [-\w.+]+, (?:grad_norm|learning_rate): /,
];
const BESIDE =
  /['"](?:epoch|learning_rate|lr|grad_norm|step|current_steps|iteration)['"]\s*:|\bStep \d+ \||\biteration\s+\d+\/|(?:learning_rate|grad_norm): /;
const FAILURE =
  /\bout of memory\b|\bOVERFLOW!|\bloss scale already at minimum\b|^Traceback \(most recent call last\)/im;
const TRAINING =
  /\*{5} Running training \*{5}|\.py\b(?<=(?:train|sft|finetune|rlhf|grad_scaler|loss_scaler)\w*\.py)|\bswift (?:sft|pt|rlhf)\b|\b(?:llamafactory-cli|axolotl) train\b|\btune run\b/i;

/**
 * Whether the text may be the log of a training run: losses in a form that is known, or a failure
 * beside the words of a trainer. Some regular expressions over the beginning and the end.
 */
export function isTrainingLog(text: string, path = ''): boolean {
  const parts =
    text.length <= HEAD + TAIL ? [text] : [text.slice(0, HEAD), text.slice(text.length - TAIL)];
  const has = (pattern: RegExp) => parts.some((part) => pattern.test(part));
  if (path.endsWith('.json') && !has(/"log_history"\s*:\s*\[/)) return false;
  if (METRICS.some(has) && has(BESIDE)) return true;
  return !/\.(?:txt|jsonl?)$/.test(path) && has(FAILURE) && has(TRAINING);
}
