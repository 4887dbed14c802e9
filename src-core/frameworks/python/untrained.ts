import { UNKNOWN, written } from '../../run/sourced.ts';
import type { Call, Document, Entry } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import type { Constraint } from '../constraint.ts';
import { isPeftConfig } from '../transformers/scopes.ts';
import { loadsModel, modelEntry } from './calls.ts';
import { makersOf } from './follow.ts';
import { argumentOf, givenTo, PLAIN_TRAINERS, placeAt } from './given.ts';
import { originOf } from './origin.ts';

/** What a program does so that its trainer has nothing to train, or trains on labels of another kind. */
export const untrained = lazy((): readonly Constraint[] => [
  {
    id: 'masked-collator',
    severity: 'warning',
    cite: { label: 'transformers data/data_collator.py, DataCollatorForLanguageModeling' },
    check({ recognized }) {
      const given = givenTo(recognized);
      const collator = given && argumentOf(given.trainer, 'data_collator');
      if (given === undefined || collator === undefined) return undefined;
      const { trainer, document } = given;
      const makers = makersOf(collator.value, trainer, document, isMasking(document));
      const model = modelEntry(trainer)?.value;
      const loads = model ? makersOf(model, trainer, document, loadsModel) : [];
      const isCausal = loads.length > 0 && loads.every((one) => one.receiver === CAUSAL);
      const [made, ...others] = makers;
      if (made === undefined || others.length > 0 || !isCausal) return undefined;
      return {
        at: 'data_collator',
        place: placeAt(document, made.callee, made.calleeSpan),
        message: say`\`mlm\` is on by default: tokens are masked and predicted, and a tokenizer without a mask token stops it. A causal model needs \`mlm=False\``,
      };
    },
  },
  {
    id: 'frozen-adapter',
    cite: { label: 'PEFT src/peft/peft_model.py, PeftModel.from_pretrained: is_trainable' },
    check({ recognized }) {
      const given = givenTo(recognized);
      const model = given && modelEntry(given.trainer)?.value;
      if (given === undefined || model === undefined) return undefined;
      const { trainer, document } = given;
      if (!PLAIN_TRAINERS.has(trainer.callee) || UNFREEZES.test(document.file.text))
        return undefined;
      const makers = makersOf(model, trainer, document, (call) => call.assignedTo !== undefined);
      const loaded = makers.every((one) => isAdapterLoad(one, document));
      const [load] = makers;
      if (load === undefined || !loaded) return undefined;
      return {
        at: 'model',
        place: placeAt(document, load.callee, load.calleeSpan),
        message: say`an adapter is loaded frozen unless \`is_trainable=True\` is given: no weight is trained, and as a rule the first backward pass stops`,
      };
    },
  },
  {
    id: 'inference-adapter',
    cite: { label: 'PEFT src/peft/tuners/tuners_utils.py: inference_mode' },
    check({ recognized: { sections, trains } }) {
      const found = sections.flatMap(({ file, unit, entries, scope }) =>
        unit.kind === 'call' && isPeftConfig(unit.callee)
          ? entries
              .filter(isInference)
              .map((entry) => written<unknown>(UNKNOWN, file, entry, scope.id))
          : [],
      );
      const [place] = found;
      if (place === undefined || !trains || found.length > 1) return undefined;
      if (sections.some(({ document }) => SETS_GRADIENTS.test(document.file.text)))
        return undefined;
      return {
        at: 'inference_mode',
        place,
        message: say`with \`inference_mode\` the adapter is frozen: no weight is trained, and as a rule the first backward pass stops`,
      };
    },
  },
]);

const CAUSAL = 'AutoModelForCausalLM';
const COLLATOR = 'DataCollatorForLanguageModeling';

function isMasking(document: Document) {
  // TRL has a collator of that name, which masks nothing.
  const isTrls = /^[ \t]*from[ \t]+trl\b[^\n]*\bDataCollatorForLanguageModeling\b/m;
  return (call: Call): boolean =>
    call.callee === COLLATOR &&
    !call.open &&
    call.positional.length < 2 &&
    originOf(document, call) === 'library' &&
    !isTrls.test(document.file.text) &&
    !call.entries.some(({ key, value }) => key === 'mlm' && !isTrue(value));
}

/** What may make an adapter that is loaded one to train, or part of the model. */
const UNFREEZES =
  /\b(?:is_trainable|requires_grad_?|merge_and_unload|get_peft_model|set_adapter|add_adapter|train_adapter|inference_mode)\b/;

const SETS_GRADIENTS = /\b(?:requires_grad_?|set_adapter)\b/;

function isAdapterLoad({ callee, receiver, open }: Call, document: Document): boolean {
  if (callee !== 'from_pretrained' || open || !/^PeftModel(?:ForCausalLM)?$/.test(receiver))
    return false;
  return originOf(document, { callee: receiver, receiver: '' }) === 'library';
}

function isInference({ key, value }: Entry): boolean {
  return key === 'inference_mode' && isTrue(value);
}

function isTrue(value: Entry['value']): boolean {
  return value.kind === 'scalar' && value.value === true;
}
