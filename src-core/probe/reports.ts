import { type Message, say } from '../text/message.ts';
import type { AttentionPath } from './spec.ts';

/** A failure that others describe, for models whose magnitudes at that op nobody has published. */
export interface FailureReport {
  readonly model: string;
  readonly dtype: 'float16' | 'bfloat16';
  readonly attention: AttentionPath;
  /** The operation that the report blames. */
  readonly op: string;
  readonly outcome: Message;
  readonly source: string;
  /** What else is known of where it happens. */
  readonly hint?: { readonly models: RegExp; readonly text: Message };
  /** Whether the value leaves the format (else it only loses accuracy). */
  readonly overflows: boolean;
}

const qwen2 = /qwen2(\.5)?(-|$)|distill-qwen/;
const qwen2Source = 'huggingface/transformers#33317';

const reports: readonly (readonly [RegExp, FailureReport])[] = [
  [
    qwen2,
    {
      model: 'Qwen/Qwen2-7B',
      dtype: 'float16',
      attention: 'eager',
      op: 'qk',
      outcome: say`perplexity is nan with eager attention, 7.1381 with sdpa (fp32: 7.1378)`,
      source: qwen2Source,
      overflows: true,
      hint: {
        models: /qwen2\.5-7b/,
        text: say`the key biases of Qwen2.5-7B have norms of 605 in layer 0 and 921 in layer 27, about 22 elsewhere (${'ggml-org/llama.cpp#21385'})`,
      },
    },
  ],
  [
    qwen2,
    {
      model: 'Qwen/Qwen2-7B',
      dtype: 'bfloat16',
      attention: 'eager',
      op: 'qk',
      outcome: say`perplexity is 7.9967 with eager attention, 7.1330 with sdpa (fp32: 7.1378)`,
      source: qwen2Source,
      overflows: false,
    },
  ],
  [
    /^phi-2$/,
    {
      model: 'microsoft/phi-2',
      dtype: 'float16',
      attention: 'eager',
      op: 'qk',
      outcome: say`attention gave NaN until queries and keys were cast to fp32`,
      source: 'huggingface/transformers#28163',
      overflows: true,
    },
  ],
];

/** The report that fits a model, dtype and attention path; `undefined` when there is none. */
export function reportFor(
  modelId: string,
  dtype: string,
  attention: AttentionPath,
): FailureReport | undefined {
  const name = modelId.slice(modelId.lastIndexOf('/') + 1).toLowerCase();
  return reports.find(
    ([pattern, report]) =>
      report.dtype === dtype && report.attention === attention && pattern.test(name),
  )?.[1];
}
