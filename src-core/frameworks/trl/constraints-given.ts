import { UNKNOWN, written } from '../../run/sourced.ts';
import type { Call, Entry } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  removeOption,
  setOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import { loadsModel, modelEntry } from '../python/calls.ts';
import { textOf as codeOf, makersOf, stands } from '../python/follow.ts';
import { argumentOf, assignedAt, type Given, givenTo } from '../python/given.ts';
import { olderThan } from '../since.ts';
import { countOf, DPO, GRPO, KTO, REWARD, RLOO, rejects, SFT } from './facts.ts';

const SFT_TRAINER = 'trainer/sft_trainer.py';
/** KTO merges the first of two adapters before TRL 1.8. */
const MOST = [...SFT, ...DPO, ...GRPO, ...RLOO, ...REWARD];
const PREFERENCE = [...DPO, ...KTO];
const NAME = /^[A-Za-z_]\w*$/;

type Check = (given: Given, input: ConstraintInput) => Violation | undefined;

/** A check of what a program's trainer is given. */
function given(id: string, place: Parameters<typeof rejects>[1], check: Check): Constraint {
  return rejects(`given-${id}`, place, (input) => {
    const found = givenTo(input.recognized);
    return found && check(found, input);
  });
}

/** The place of an argument of the trainer, which is no option of its config. */
function placed(entry: Entry, { document }: Given) {
  return { at: entry.key, place: written<unknown>(UNKNOWN, document.file.path, entry, 'trainer') };
}

/** What TRL's trainers refuse or pass over of their own arguments. */
export const givenConstraints = lazy((): readonly Constraint[] => [
  given('two-adapters', { by: MOST, where: SFT_TRAINER, since: '0.27' }, (it) => {
    const config = argumentOf(it.trainer, 'peft_config');
    if (config === undefined || !isSurely(config, it) || !isAdapted(it)) return undefined;
    return {
      ...placed(config, it),
      onKey: true,
      message: say`the model has an adapter already, and \`peft_config\` asks for another: the trainer stops. One of the two is enough`,
    };
  }),
  given(
    'same-reference',
    { by: PREFERENCE, where: 'trainer/dpo_trainer.py', since: '0.11' },
    (it) => {
      const [model, reference] = [modelEntry(it.trainer), argumentOf(it.trainer, 'ref_model')];
      // A name that is given twice is loaded twice.
      if (model === undefined || reference?.value.kind !== 'opaque') return undefined;
      const text = codeOf(reference.value, it.document);
      if (!NAME.test(text) || codeOf(model.value, it.document) !== text) return undefined;
      return {
        ...placed(reference, it),
        message: say`the model cannot be its own reference: the trainer stops. Without \`ref_model\` it makes a copy, or turns the adapter off`,
      };
    },
  ),
  given(
    'model-arguments',
    {
      by: [...MOST, ...KTO],
      where: SFT_TRAINER,
      since: '0.15',
      rule: 'ignored-key',
      severity: 'warning',
    },
    (it, { options: o }) => {
      if (!isSet(o, 'model_init_kwargs') || !isLoaded(it)) return undefined;
      return {
        at: 'model_init_kwargs',
        onKey: true,
        message: say`the model is loaded already, where \`model_init_kwargs\` counts no more: it is for a model that the trainer is given by name`,
        fixes: [removeOption('model_init_kwargs')],
      };
    },
  ),
  given(
    'quantized-late',
    { by: PREFERENCE, where: 'trainer/dpo_trainer.py', since: '1.8' },
    quantizedLate(
      say`\`quantization_config\` is for a model that the trainer loads by its name: it stops at one that is loaded already`,
    ),
  ),
  given(
    'quantized-never',
    {
      by: [...SFT, ...GRPO, ...RLOO, ...REWARD],
      where: SFT_TRAINER,
      since: '1.8',
      rule: 'ignored-key',
      severity: 'warning',
    },
    quantizedLate(
      say`the model is loaded already: \`quantization_config\` is for one that the trainer loads by its name, and quantises nothing here`,
    ),
  ),
  given(
    'own-collator',
    { by: SFT, where: SFT_TRAINER, since: '0.16' },
    (it, { options: o, context }) => {
      const collator = argumentOf(it.trainer, 'data_collator');
      if (collator === undefined) return undefined;
      const strategy = textOf(o, 'packing_strategy') ?? '';
      const packs =
        isOn(o, 'packing') && !olderThan(context, 'trl', '0.20') && /^bfd/.test(strategy);
      const key = isOn(o, 'padding_free') ? 'padding_free' : 'packing';
      if (key === 'packing' && !packs) return undefined;
      return {
        at: key,
        message: say`rows without padding are put together by TRL's own collator: the trainer stops at another \`data_collator\``,
        fixes: [setOption(key, false)],
      };
    },
  ),
  given(
    'reward-weights',
    { by: [...GRPO, ...RLOO], where: 'trainer/grpo_trainer.py', since: '0.15' },
    (it, { options: o }) => {
      const weights = countOf(o, 'reward_weights');
      const functions = argumentOf(it.trainer, 'reward_funcs')?.value;
      if (weights === undefined || functions?.kind !== 'list') return undefined;
      const { items } = functions;
      const open = items.some((item) => item.kind === 'opaque' && item.text.startsWith('*'));
      if (open || items.length === weights || items.length === 0) return undefined;
      return {
        at: 'reward_weights',
        message: say`reward_weights needs one weight for each reward function: ${weights} for ${items.length}`,
      };
    },
  ),
]);

const isModel = (call: Call): boolean => loadsModel(call) || wraps(call);

function wraps({ callee, receiver }: Call): boolean {
  return callee === 'get_peft_model' || /^(?:Auto)?PeftModel/.test(receiver);
}

/** Whether what the trainer is given is surely a model, and not its name. */
function isLoaded({ trainer, document }: Given): boolean {
  const model = modelEntry(trainer);
  const makers = model === undefined ? [] : makersOf(model.value, trainer, document, isModel);
  return makers.length > 0 && makers.every(({ block }) => block === undefined);
}

/** What is said of a quantisation that the trainer is given for a model that is loaded. */
function quantizedLate(message: Phrase): Check {
  return (it) => {
    const config = argumentOf(it.trainer, 'quantization_config');
    if (config === undefined || !isSurely(config, it) || !isLoaded(it)) return undefined;
    return { ...placed(config, it), onKey: true, message };
  };
}

/** Whether a config is one in every case: made by a class, or in a variable that nothing else is put in. */
function isSurely({ value }: Entry, { trainer, document }: Given): boolean {
  const isConfig = ({ callee }: Call) => /^[A-Z]\w*Config$/.test(callee);
  const [maker, ...more] = makersOf(value, trainer, document, isConfig);
  if (maker === undefined || more.length > 0 || maker.block !== undefined) return false;
  const text = codeOf(value, document);
  return !NAME.test(text) || assignedAt(text, document).length === 1;
}

/** Whether the model of a trainer surely has an adapter: nothing that its variable is put in takes it off. */
function isAdapted({ trainer, document }: Given): boolean {
  const model = modelEntry(trainer)?.value;
  if (model === undefined || /\b(?:merge_and_)?unload\(/.test(document.file.text)) return false;
  const makers = makersOf(model, trainer, document, isModel);
  const sure = makers.every(
    (call) => wraps(call) && (call.block === undefined || stands(trainer, call.block)),
  );
  const text = codeOf(model, document);
  const last = NAME.test(text) ? assignedAt(text, document).at(-1) : undefined;
  const own = makers.some(({ span }) => span.start === last);
  return makers.length > 0 && sure && (last === undefined || own);
}
