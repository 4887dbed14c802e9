import { span } from '../text/span.ts';
import { type Pair, readDuration, readNumber } from './pairs.ts';
import type { LogEntry, LoggedValue } from './training-log.ts';

type Field = Exclude<keyof LogEntry, 'span' | 'kind' | 'rewards'>;

/** What frameworks call their metrics. transformers, ms-swift, LLaMA-Factory, axolotl, torchtune, Megatron. */
const FIELDS: Readonly<Record<string, Field>> = {
  loss: 'loss',
  'train/loss': 'loss',
  'lm loss': 'loss',
  grad_norm: 'gradNorm',
  'train/grad_norm': 'gradNorm',
  'grad norm': 'gradNorm',
  learning_rate: 'learningRate',
  'train/learning_rate': 'learningRate',
  'learning rate': 'learningRate',
  lr: 'learningRate',
  epoch: 'epoch',
  'train/epoch': 'epoch',
  step: 'step',
  current_steps: 'step',
  'global_step/max_steps': 'step',
  global_step: 'step',
  iteration: 'step',
  'memory(GiB)': 'memory',
  'memory/max_active (GiB)': 'memory',
  'memory/max_allocated (GiB)': 'memory',
  'memory/device_reserved (GiB)': 'memory',
  peak_memory_reserved: 'memory',
  vram_reserved: 'memory',
  loss_scale: 'lossScale',
  'loss scale': 'lossScale',
  elapsed_time: 'elapsed',
  'elapsed time per iteration (ms)': 'secondsPerStep',
  tokens_per_second_per_gpu: 'tokensPerSecond',
  'tokens/train_per_sec_per_gpu': 'tokensPerSecond',
};

const EVAL_LOSS = /^eval(?:_\w+)?[_/]loss$/;

/** The entry of a metrics line; `undefined` when no loss and no gradient is among the pairs. */
export function entryOf(pairs: readonly Pair[], start: number, end: number): LogEntry | undefined {
  const values: Partial<Record<Field, LoggedValue>> = {};
  let kind: LogEntry['kind'] | undefined;
  for (const pair of pairs) {
    const { key } = pair;
    const other = EVAL_LOSS.test(key) ? 'eval' : key === 'train_loss' ? 'summary' : undefined;
    const named = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    const field = other === undefined ? named : 'loss';
    const value = field === undefined ? undefined : readValue(pair, field);
    if (field === undefined || value === undefined || values[field] !== undefined) continue;
    values[field] = value;
    if (other !== undefined) kind ??= other;
    else if (field === 'loss' || field === 'gradNorm') kind = 'train';
  }
  if (kind === undefined) return undefined;
  const rewards = pairs.some(({ key }) => /^(?:rewards?\b|reward_|kl$|completion)/.test(key));
  return { span: span(start, end), kind, rewards, ...values };
}

function readValue(pair: Pair, field: Field): LoggedValue | undefined {
  const { text } = pair;
  if (field === 'elapsed') {
    const seconds = readDuration(text);
    return seconds === undefined ? undefined : { value: seconds, span: pair.span };
  }
  // ms-swift writes `12/100`.
  const number = readNumber(field === 'step' ? (text.split('/')[0] ?? '') : text);
  if (number === undefined) return undefined;
  const inMilliseconds = pair.key.endsWith('(ms)');
  return { value: inMilliseconds ? number / 1000 : number, span: pair.span };
}
