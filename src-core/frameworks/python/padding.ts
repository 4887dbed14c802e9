import type { Call, Document, Node } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import type { Constraint } from '../constraint.ts';
import { makersOf } from './follow.ts';
import { argumentOf, givenTo, PLAIN_TRAINERS, placeAt } from './given.ts';
import { originOf } from './origin.ts';

/**
 * Models whose tokenizer names no token to pad with: Llama 2 (xorbitsai/inference#388), Llama 3 and 3.1
 * (lm-sys/FastChat#3266, shibing624/MedicalGPT#413), Mistral 7B v0.1 (ai-forever/MERA#9), GPT-2
 * (huggingface/transformers#22312).
 */
const UNPADDED =
  /^(?:meta-llama\/(?:Llama-2-\d+b(?:-chat)?-hf|Meta-Llama-3(?:\.1)?-\d+B(?:-Instruct)?)|mistralai\/Mistral-7B(?:-Instruct)?-v0\.1|(?:openai-community\/)?gpt2(?:-medium|-large|-xl)?)$/;

/** Collators that pad by the tokenizer. TRL's trainers take the end of text where there is no such token. */
const PADS =
  /^DataCollator(?:With\w*Padding|ForLanguageModeling|ForSeq2Seq|ForTokenClassification)$/;

/** A tokenizer without a token to pad with, which a collator of a program pads by. */
export const padding = lazy((): readonly Constraint[] => [
  {
    id: 'no-padding-token',
    // What a release puts in its place is not known for all of them.
    severity: 'warning',
    cite: { label: 'transformers tokenization_utils_base.py, _get_padding_truncation_strategies' },
    check({ recognized }) {
      const given = givenTo(recognized);
      if (given === undefined || !PLAIN_TRAINERS.has(given.trainer.callee)) return undefined;
      const { trainer, document } = given;
      // It may be set in any way, or be added.
      if (/pad_token|special_tokens|\bunsloth\b/.test(document.file.text)) return undefined;
      const tokenizer = tokenizerOf(trainer, document);
      const makers = tokenizer ? makersOf(tokenizer.value, tokenizer.user, document, isLoad) : [];
      const [load, ...others] = makers;
      const name = load?.positional[0];
      if (load === undefined || others.length > 0 || name?.kind !== 'scalar') return undefined;
      if (!UNPADDED.test(name.text)) return undefined;
      return {
        at: 'tokenizer',
        place: placeAt(document, load.callee, load.calleeSpan),
        message: say`the tokenizer of ${name.text} has no token to pad with, and the collator pads: it stops unless \`pad_token\` is set`,
      };
    },
  },
]);

/** What the trainer's batches are padded by: the tokenizer of its collator, or its own without one. */
function tokenizerOf(trainer: Call, document: Document) {
  const collator = argumentOf(trainer, 'data_collator');
  const own = argumentOf(trainer, 'processing_class') ?? argumentOf(trainer, 'tokenizer');
  if (collator === undefined) return own && { value: own.value, user: trainer };
  const isPadding = (call: Call): boolean =>
    PADS.test(call.callee) && originOf(document, call) === 'library';
  const [made, ...others] = makersOf(collator.value, trainer, document, isPadding);
  const value: Node | undefined =
    made && (argumentOf(made, 'tokenizer')?.value ?? made.positional[0]);
  return made && value && others.length === 0 ? { value, user: made } : undefined;
}

function isLoad({ callee, receiver, open }: Call): boolean {
  return callee === 'from_pretrained' && receiver === 'AutoTokenizer' && !open;
}
