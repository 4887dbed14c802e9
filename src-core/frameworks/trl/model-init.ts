import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { ModelRef, Quantization } from '../../run/training-run.ts';
import type { Call, Entry } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import type { Constraint } from '../constraint.ts';
import { asBool, asText } from '../convert.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { attentionOf, dtypeOf } from '../hf/trainer-fields.ts';
import { modelEntry } from '../python/calls.ts';
import { pythonRun } from '../python/runs.ts';
import { olderThan } from '../since.ts';
import { defaultLoadDtype } from '../transformers/default-dtype.ts';
import { spread, type TrainerFacts } from '../transformers/facts.ts';
import { rejects } from './facts.ts';

/** Experimental trainers that leave the dtype to transformers. */
const PLAIN = /^(?:A2PO|BCO|CPO|NashMD|ORPO|OnlineDPO|XPO)Config$/;
/** In `model_init_kwargs` it counts before this release, and gives way to `dtype` since. */
const DTYPE_ALONE = '0.27';
const CREATE = { label: 'trl trainer/utils.py, create_model_from_path' };
const FP32 = byDefault<DType>(
  'float32',
  'TRL loads a model given by name in fp32 (0.27 and newer)',
  CREATE,
);

/** The trainer that is given its model by name, of a program that loads none for it. */
export function modelByName({
  sections,
}: Recognized): { readonly trainer: Call; readonly entry: Entry } | undefined {
  const args = sections.at(-1);
  if (sections.some(({ scope }) => scope.id === 'from_pretrained')) return undefined;
  if (args?.unit.kind !== 'call') return undefined;
  const { takers } = pythonRun(args.unit, args.document);
  const trainer = takers.find(({ callee }) => /Trainer$/.test(callee));
  const entry = trainer && modelEntry(trainer);
  return trainer && entry?.value.kind === 'scalar' ? { trainer, entry } : undefined;
}

/** What a trainer that is given a model by name hands on to `from_pretrained`. */
interface Init {
  readonly entries: readonly Entry[];
  /** Something may stand there that cannot be read. */
  readonly open: boolean;
}

/** The load that a trainer makes itself, from `model_init_kwargs` and its own defaults. */
export function namedModel(
  o: Options,
  recognized: Recognized,
  trainer: Call,
  model: Sourced<ModelRef>,
  context: AdapterContext,
): Pick<TrainerFacts, 'loadDtype' | 'rest'> & {
  readonly quantization?: TrainerFacts['quantization'];
} {
  const init = initOf(o, recognized);
  const file = recognized.sections.at(-1)?.file ?? '';
  const find = (key: string): Entry | undefined =>
    init.entries.findLast((entry) => entry.key === key);
  const attention = find('attn_implementation');
  const packed = quantizationIn([...init.entries, ...trainer.entries], init.open, file);
  return {
    loadDtype: dtypeIn(find, init, recognized, context, model),
    ...(packed && { quantization: packed }),
    rest: {
      ...(attention && { attention: attentionOf(textIn(attention, file)) }),
      ...spreadOf(init, recognized, context),
    },
  };
}

function initOf(o: Options, { sections }: Recognized): Init {
  const args = sections.at(-1);
  const node = o.node('model_init_kwargs');
  const open =
    (args?.unit.kind === 'call' && args.unit.open) ||
    /\.model_init_kwargs\s*(?:=(?!=)|\[|\.)/.test(args?.document.file.text ?? '');
  if (node === undefined || (node.kind === 'scalar' && node.value === null))
    return { entries: [], open };
  const plain = node.kind === 'map' && node.callee === undefined;
  return plain ? { entries: node.entries, open } : { entries: [], open: true };
}

/** `device_map` is "auto" where nothing is said (0.26 and newer): the layers go over all GPUs there are. */
function spreadOf(init: Init, recognized: Recognized, context: AdapterContext): RunDraft {
  const gpus = context.gpus && known(context.gpus);
  const said = init.entries.some(({ key }) => key === 'device_map');
  if (said || gpus === 1 || olderThan(context, 'trl', '0.26'))
    return spread(init, recognized, context);
  return {
    'parallel.pipelineParallel': byDefault<number>(UNKNOWN, 'TRL spreads the layers', CREATE),
  };
}

type Find = (key: string) => Entry | undefined;

function dtypeIn(
  find: Find,
  { open }: Init,
  { sections }: Recognized,
  context: AdapterContext,
  model: Sourced<ModelRef>,
): Sourced<DType> {
  const old = olderThan(context, 'trl', DTYPE_ALONE);
  const plain = old || PLAIN.test(sections.at(-1)?.scope.id ?? '');
  const entry = find('dtype') ?? (plain ? find('torch_dtype') : undefined);
  if (entry !== undefined) {
    const text = textIn(entry, sections.at(-1)?.file ?? '');
    return known(text) === 'auto'
      ? derived<DType>(known(model)?.record?.dtype ?? UNKNOWN, "the checkpoint's own dtype", text)
      : dtypeOf(text);
  }
  if (open) return byDefault<DType>(UNKNOWN, 'model_init_kwargs cannot be read');
  return plain ? defaultLoadDtype(model, context) : FP32;
}

/** Undefined where the mapping says nothing of it. */
function quantizationIn(
  entries: readonly Entry[],
  open: boolean,
  file: string,
): Sourced<Quantization | null> | undefined {
  const find = (key: string): Entry | undefined => entries.findLast((entry) => entry.key === key);
  const switched = (key: string): Sourced<boolean> | undefined => {
    const entry = find(key);
    return entry && written(asBool(entry.value), file, entry);
  };
  const four = switched('load_in_4bit');
  const eight = switched('load_in_8bit');
  if (four?.value === true)
    return derived<Quantization | null>(
      { method: 'bnb', bits: 4, type: 'fp4', doubleQuant: false, computeDtype: 'float32' },
      'load_in_4bit',
      four,
    );
  if (eight?.value === true)
    return derived<Quantization | null>(
      { method: 'bnb', bits: 8, type: 'int8' },
      'load_in_8bit',
      eight,
    );
  const unread = [four, eight].some((one) => one?.value === UNKNOWN);
  const config = find('quantization_config');
  const asked =
    config !== undefined && !(config.value.kind === 'scalar' && config.value.value === null);
  return open || unread || asked
    ? byDefault<Quantization | null>(UNKNOWN, 'the quantisation cannot be read')
    : undefined;
}

function textIn(entry: Entry, file: string): Sourced<string> {
  return written(asText(entry.value), file, entry);
}

/** `dtype`, which is there by default, goes before the name of old. */
export const initDtype: Constraint = rejects(
  'init-dtype',
  {
    where: 'trainer/utils.py: create_model_from_path',
    since: DTYPE_ALONE,
    rule: 'ignored-key',
    severity: 'warning',
  },
  ({ options: o, recognized }) => {
    const { entries } = initOf(o, recognized);
    const has = (name: string): boolean => entries.some(({ key }) => key === name);
    const plain = PLAIN.test(recognized.sections.at(-1)?.scope.id ?? '');
    if (plain || has('dtype') || !has('torch_dtype') || !modelByName(recognized)) return undefined;
    return {
      at: 'model_init_kwargs',
      message: say`TRL 0.27 and newer takes \`dtype\` alone from model_init_kwargs: \`torch_dtype\` is dropped, and the model is loaded in float32`,
    };
  },
);
