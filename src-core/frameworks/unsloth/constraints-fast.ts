import type { RunDraft } from '../../run/run-fields.ts';
import { known } from '../../run/sourced.ts';
import type { Document } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { span } from '../../text/span.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOff,
  isOn,
  isSet,
  numberOf,
  setOption,
  type Violation,
} from '../constraint.ts';
import { argumentOf, givenTo, placeAt } from '../python/given.ts';
import { fullOrUnknown, isOwn, rejects } from './facts.ts';

const FAST = 'load.fast_inference';

/** What does not go with vLLM sharing the weights, and what Unsloth's trainers take otherwise than TRL's. */
export const fastConstraints = lazy((): readonly Constraint[] => [
  rejects('fast-full', 'models/vision.py', ({ options: o }) => {
    if (!isOn(o, FAST) || !isOn(o, 'load.full_finetuning')) return undefined;
    return {
      at: FAST,
      with: ['load.full_finetuning'],
      message: say`fast_inference shares the weights with vLLM, which takes adapters alone: Unsloth stops at full_finetuning`,
      fixes: [setOption('fast_inference', false)],
    };
  }),
  rejects('fast-embeddings', 'models/llama.py', (input) => {
    const { options: o } = input;
    const keys = ['modules_to_save', 'target_modules'].map((name) => `get_peft_model.${name}`);
    const key = keys.find((one) => {
      const names = isSet(o, one) ? (known(o.texts(one)) ?? []) : [];
      return names.some((name) => name === 'lm_head' || name === 'embed_tokens');
    });
    if (key === undefined || !sharesOwn(input)) return undefined;
    return {
      at: key,
      with: [FAST],
      message: say`vLLM shares lm_head and embed_tokens as they are: with fast_inference Unsloth stops where they train`,
    };
  }),
  rejects('fast-length', 'models/llama.py', (input) => {
    const { options: o, draft } = input;
    const length = numberOf(o, 'load.max_seq_length');
    const most = draft.model && known(draft.model)?.record?.arch?.maxPositionEmbeddings;
    if (!isOn(o, FAST) || isSet(o, 'load.rope_scaling') || isOwn(input) !== true) return undefined;
    if (length === undefined || most === undefined || length <= most) return undefined;
    return {
      at: 'load.max_seq_length',
      with: [FAST],
      message: say`the model's positions end at ${most}, and Unsloth cannot stretch them beside vLLM: with fast_inference it stops at ${length}`,
      fixes: [setOption('max_seq_length', most)],
    };
  }),
  rejects('no-adapter', 'models/loader.py', noAdapter),
  rejects('imported-late', '_gpu_init.py', importedLate, { severity: 'warning' }),
]);

/** Whether vLLM shares the weights of a model that Unsloth has code of its own for, and adapts. */
function sharesOwn(input: ConstraintInput): boolean {
  return isOn(input.options, FAST) && isOwn(input) === true && !fullOrUnknown(input);
}

/** Weights in 4 bits that nothing adapts, of a checkpoint that is no adapter itself. */
function noAdapter(input: ConstraintInput): Violation | undefined {
  const { options: o, draft, recognized } = input;
  const given = givenTo(recognized);
  const packed = draft.quantization && known(draft.quantization);
  if (given === undefined || packed?.method !== 'bnb' || !isBase(draft.model)) return undefined;
  const { document, trainer } = given;
  if (
    fullOrUnknown(input) ||
    /get_peft_model|PeftModel|add_adapter|load_adapter/.test(document.file.text)
  )
    return undefined;
  if (argumentOf(trainer, 'peft_config') !== undefined || isOff(o, 'load.load_in_4bit'))
    return undefined;
  return {
    at: o.has('load.load_in_4bit') ? 'load.load_in_4bit' : 'load',
    message: say`the weights are in ${packed.bits} bits and nothing adapts them: the trainer refuses purely quantised models. \`get_peft_model\` adds an adapter`,
  };
}

/** Whether a model is one that is published whole: Unsloth's own, or one of the tables. */
function isBase(model: RunDraft['model']): boolean {
  const value = model && known(model);
  return value?.record?.basis === 'table' || /^unsloth\//.test(value?.text ?? '');
}

const FIRST = /^(?:from|import)[ \t]+(?:unsloth|(trl|transformers|peft))\b/gm;

/** Libraries that Unsloth changes, imported before it. */
function importedLate({
  recognized: { sections, trains },
}: ConstraintInput): Violation | undefined {
  const document = sections[0]?.document;
  const first = document && firstImport(document);
  if (!trains || document === undefined || first?.[1] === undefined) return undefined;
  const at = span(first.index, first.index + first[0].length);
  return {
    at: 'import',
    place: placeAt(document, 'import', at),
    onKey: true,
    message: say`Unsloth changes ${first[1]} when it is imported, and is imported later: it may be slower and take more memory. \`import unsloth\` belongs on top`,
  };
}

function firstImport({
  file,
  unbroken = [],
}: Document): (RegExpMatchArray & { index: number }) | undefined {
  for (const found of file.text.matchAll(FIRST)) {
    const { index } = found;
    if (!unbroken.some(({ start, end }) => start <= index && index < end)) return found;
  }
  return undefined;
}
