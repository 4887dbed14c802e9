import { known } from '../../run/sourced.ts';
import { bytes, formatBytes } from '../../run/units.ts';
import type { Call, Document } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isOn, setOption } from '../constraint.ts';
import { strategy } from '../hf/strategy.ts';
import { loadsModel, modelEntry } from './calls.ts';
import { makersOf } from './follow.ts';
import { argumentOf, givenTo, PLAIN_TRAINERS, placeAt } from './given.ts';

/** Models that give a score for each word of the vocabulary. */
const LANGUAGE = /For(?:CausalLM|Seq2SeqLM|ConditionalGeneration)$/;
/** What keeps fewer of them, or none: who writes one has thought of it. */
const KEEP_LESS = ['eval_accumulation_steps', 'batch_eval_metrics', 'prediction_loss_only'];

/**
 * An evaluation whose metrics are given all logits of the evaluation set, which the loop joins on the card
 * (transformers trainer.py, `evaluation_loop`; reported in huggingface/transformers#8476, #12878 and #15466).
 */
export const keptLogits: Constraint = {
  id: 'kept-logits',
  rule: 'evaluation-keeps-logits',
  severity: 'warning',
  cite: { label: 'transformers trainer.py, evaluation_loop and EvalLoopContainer' },
  check({ recognized, options: o, draft }) {
    const given = givenTo(recognized);
    if (given === undefined || !PLAIN_TRAINERS.has(given.trainer.callee)) return undefined;
    const { trainer, document } = given;
    const metrics = argumentOf(trainer, 'compute_metrics');
    if (metrics === undefined || argumentOf(trainer, 'preprocess_logits_for_metrics'))
      return undefined;
    if (KEEP_LESS.some((key) => o.has(key)) || isOn(o, 'predict_with_generate')) return undefined;
    if (!isLanguageModel(trainer, document) || !evaluates(o, document)) return undefined;
    const vocab = draft.model && known(draft.model)?.record?.arch?.vocabSize;
    // Logits of 16 bits; autocast makes them 32.
    const size =
      vocab === undefined
        ? ''
        : say`, ${formatBytes(bytes(2 * 1000 * vocab))} or more for each 1,000 tokens`;
    return {
      at: 'compute_metrics',
      place: placeAt(document, 'compute_metrics', metrics.keySpan),
      message: say`evaluation keeps the logits of all samples on the GPU for \`compute_metrics\`${size}: \`preprocess_logits_for_metrics\` can reduce them to what it needs`,
      fixes: [setOption('eval_accumulation_steps', 1)],
    };
  },
};

function isLanguageModel(trainer: Call, document: Document): boolean {
  const model = modelEntry(trainer)?.value;
  const loads = model ? makersOf(model, trainer, document, loadsModel) : [];
  return loads.length > 0 && loads.every(({ receiver }) => LANGUAGE.test(receiver));
}

function evaluates(o: ConstraintInput['options'], document: Document): boolean {
  const by = strategy(o, 'eval_strategy', 'no');
  return by === 'steps' || by === 'epoch' || /\.evaluate\(/.test(document.file.text);
}
