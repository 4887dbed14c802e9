import { moduleNames } from '../../facts/module-names.ts';
import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import type { Document } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isOn, isSet, textOf } from '../constraint.ts';
import type { AdapterContext } from '../framework.ts';
import { loadsModel } from '../python/calls.ts';
import { callsOf } from '../python/follow.ts';
import { originOf } from '../python/origin.ts';
import { compareVersions } from '../version.ts';
import { wrapsModel } from './dtypes.ts';
import { columnOf, takes } from './kbit.ts';
import { INNER } from './targets.ts';

const KEY = 'gradient_checkpointing_kwargs';
const REENTRANT = 'use_reentrant';

/**
 * Before transformers 5 checkpointing is reentrant by default, and asks for gradients of the inputs only
 * where transformers itself added the adapter; PEFT does so only for a model that checkpoints already
 * (peft_model.py). The layers then see nothing that requires gradients, and so do what they return.
 */
export const reentrantCheckpointing: Constraint = {
  id: 'peft-reentrant-checkpointing',
  cite: { label: 'transformers 4.57.6 modeling_utils.py, gradient_checkpointing_enable' },
  check(input) {
    const { options: o, recognized, context } = input;
    const document = recognized.sections[0]?.document;
    if (document?.file.language !== 'python' || !isOn(o, 'gradient_checkpointing'))
      return undefined;
    if (!isReentrant(o, document) || !isBefore5(context)) return undefined;
    if (!isWrapped(document) || !adaptsLayersAlone(input)) return undefined;
    const to = { fields: { [REENTRANT]: false } };
    return {
      at: 'gradient_checkpointing',
      with: [KEY],
      message: say`the inputs of the checkpointed layers are frozen, and reentrant checkpointing then keeps no gradients before transformers 5: the first step stops with "element 0 of tensors does not require grad and does not have a grad_fn"`,
      fixes: [
        {
          title: say`Set \`${KEY}\` to \`${`{"${REENTRANT}": False}`}\``,
          safety: 'safe',
          changes: [{ kind: 'option', key: KEY, to }],
        },
      ],
    };
  },
};

/** Reentrant by default, or by nothing but that word. */
function isReentrant(o: Options, { file }: Document): boolean {
  const node = o.node(KEY);
  if (node === undefined) return !file.text.includes(KEY);
  const [only, ...more] = node.kind === 'map' ? node.entries : [];
  const { value } = only ?? {};
  const on = value?.kind === 'scalar' && value.value === true;
  return more.length === 0 && only?.key === REENTRANT && on;
}

/** The releases that take the kwargs, up to the last that is reentrant by default. */
function isBefore5(context: AdapterContext): boolean {
  const version = context.version('transformers');
  const number = version && known(version);
  if (number !== undefined)
    return compareVersions(number, '4.35') >= 0 && compareVersions(number, '5') < 0;
  const top = context.ceiling('transformers');
  if (version !== undefined || top === undefined) return false;
  if (compareVersions(top.version, '4.35') <= 0) return false;
  return compareVersions(top.version, '5') < (top.included ? 0 : 1);
}

/** What makes inputs require gradients, or other weights train. */
const OTHERWISE =
  /input_require_grads|gradient_checkpointing_enable|prepare_model_for_|requires_grad_\(|requires_grad\s*=[^=]|register_\w{0,80}hook/;

/** Whether one decoder is loaded, wrapped by PEFT where it is loaded, and trained by the plain Trainer. */
function isWrapped(document: Document): boolean {
  const { text } = document.file;
  const calls = callsOf(document);
  const [load, ...loads] = calls.filter(loadsModel);
  const [wrap, ...wraps] = calls.filter(wrapsModel);
  const trainers = calls.filter(({ callee }) => /Trainer$/.test(callee));
  if (load === undefined || wrap === undefined || loads.length + wraps.length > 0) return false;
  const plain = trainers.every(
    (call) => /^(?:Seq2Seq)?Trainer$/.test(call.callee) && originOf(document, call) === 'library',
  );
  if (trainers.length === 0 || !plain || OTHERWISE.test(text)) return false;
  const same = columnOf(text, load) === columnOf(text, wrap) && takes(wrap, load.assignedTo);
  return wrap.callee === 'get_peft_model' && same && /ForCausalLM$/.test(load.receiver);
}

/** Whether LoRA stands within the layers and nothing else trains. */
function adaptsLayersAlone({ options: o, recognized, draft }: ConstraintInput): boolean {
  const lora = recognized.sections.find(({ scope }) => scope.id === 'LoraConfig');
  if (lora?.unit.kind !== 'call' || lora.unit.positional.length > 0) return false;
  if (lora.scope.unknown === 'open') return false;
  const key = (name: string): string => `LoraConfig.${name}`;
  const others = ['modules_to_save', 'trainable_token_indices', 'target_parameters'];
  if (others.some((name) => isSet(o, key(name)))) return false;
  if (isSet(o, key('bias')) && textOf(o, key('bias')) !== 'none') return false;
  if (isSet(o, key('task_type')) && !/CAUSAL_LM$/.test(textOf(o, key('task_type')) ?? ''))
    return false;
  const type = (draft.model && known(draft.model))?.record?.arch?.modelType ?? '';
  const modules = moduleNames(type);
  if (modules === undefined) return false;
  const node = o.node(key('target_modules'));
  if (node === undefined) return true;
  // OPT may project its embeddings before the layers.
  if (node.kind === 'scalar') return node.text === 'all-linear' && !modules.all.has('project_in');
  return node.kind === 'list' && (known(o.texts(key('target_modules'))) ?? ['']).every(isInner);
}

function isInner(name: string): boolean {
  return INNER.test(name);
}
