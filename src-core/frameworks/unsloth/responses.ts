import { templatesOf } from '../../facts/templates.ts';
import { known } from '../../run/sourced.ts';
import type { Call, Document } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import type { Constraint, ConstraintInput, Violation } from '../constraint.ts';
import { callsOf } from '../python/follow.ts';
import { argumentOf, givenTo, placeAt } from '../python/given.ts';
import { rejects } from './facts.ts';

/**
 * What a family's template puts before the assistant's words, by the templates' names in Unsloth
 * (chat_templates.py) as by those in LLaMA-Factory (data/template.py).
 */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(?:chatml|qwen(?:-?[23](?:[._-].*|5)?)?|lfm-2(?:\.5)?|yi-chat)$/, '<|im_start|>assistant'],
  [/^llama-?3(?:[.1_-].*)?$/, '<|start_header_id|>assistant<|end_header_id|>'],
  [/^gemma-?(?:2|3n?)?$/, '<start_of_turn>model'],
  [/^gemma-?4(?:-thinking)?$/, '<|turn>model'],
  [/^(?:phi-?3(?:\.?5)?|zephyr)$/, '<|assistant|>'],
  [/^phi-?4$/, '<|im_start|>assistant<|im_sep|>'],
];

/** Labels behind this mark are kept: without it none is (unsloth_zoo/dataset_utils.py). */
const PART = 'response_part';

/** What of a conversation Unsloth's `train_on_responses_only` looks for, and the chat template never writes. */
export const responsesConstraints = lazy((): readonly Constraint[] => [
  rejects('parts', 'chat_templates.py', (input) => lost(input, named)),
  // The template of a checkpoint may be changed by who copied it.
  rejects('parts-of-model', 'chat_templates.py', (input) => lost(input, ofModel), {
    severity: 'warning',
  }),
]);

type Named = (document: Document, input: ConstraintInput) => string | undefined;

function lost(input: ConstraintInput, nameIn: Named): Violation | undefined {
  const document = givenTo(input.recognized)?.document;
  if (document === undefined) return undefined;
  const masks = callsOf(document).filter(({ callee }) => callee === 'train_on_responses_only');
  const [mask, ...others] = masks;
  if (mask === undefined || mask.open || others.length > 0 || isOwnText(document)) return undefined;
  const name = nameIn(document, input)?.toLowerCase() ?? '';
  const mark = FAMILIES.find(([pattern]) => pattern.test(name))?.[1];
  const part = argumentOf(mask, PART)?.value;
  if (mark === undefined || part?.kind !== 'scalar' || typeof part.value !== 'string')
    return undefined;
  const looked = part.value.trim();
  // A part of the mark is found; behind it a model that thinks may write more.
  if (mark.includes(looked) || looked.startsWith(mark)) return undefined;
  if (!isOnlyIn(mask, looked, document)) return undefined;
  return {
    at: PART,
    place: placeAt(document, PART, part.span),
    message: say`the chat template \`${name}\` begins an answer with \`${mark}\`, never with \`${looked}\`: every label is masked, and Unsloth stops as nothing is left to train`,
  };
}

/** The template that the tokenizer is given by name. */
function named(document: Document): string | undefined {
  const [given, ...others] = templatesGiven(document);
  const value = given && (argumentOf(given, 'chat_template')?.value ?? given.positional[1]);
  return value?.kind === 'scalar' && others.length === 0 ? value.text : undefined;
}

/** The template of a model that was made to talk. */
function ofModel(document: Document, { draft }: ConstraintInput): string | undefined {
  const model = draft.model && known(draft.model)?.text;
  if (model === undefined || templatesGiven(document).length > 0) return undefined;
  return /instruct|chat|-it\b/i.test(model) ? templatesOf(model)?.factoryTemplate : undefined;
}

function templatesGiven(document: Document): readonly Call[] {
  return callsOf(document).filter(({ callee }) => callee === 'get_chat_template');
}

/** Whether conversations may be written in another way than by the tokenizer's template. */
function isOwnText({ file: { text } }: Document): boolean {
  if (!text.includes('.apply_chat_template(') || /\.chat_template\s*=/.test(text)) return true;
  return /\bchat_template\s*=\s*[^\s"'=]/.test(text);
}

/** Whether what begins a mark stands nowhere else in the program, which might write it itself. */
function isOnlyIn({ span }: Call, mark: string, { file: { text } }: Document): boolean {
  const head = /^<[^>]*>/.exec(mark)?.[0];
  const rest = text.slice(0, span.start) + text.slice(span.end);
  return head !== undefined && !rest.includes(head);
}
