import type { Call, Document, Entry, Node } from '../../syntax/document.ts';
import { isPeftConfig } from '../transformers/scopes.ts';
import { loadsModel, modelEntry } from './calls.ts';
import { type CallTest, callsOf, either, makersOf, nearest, usersOf } from './follow.ts';
import { originOf } from './origin.ts';

/** The calls of a Python file that make up one run. */
export interface PythonRun {
  /** `TrainingArguments(...)` and its kind. */
  readonly args: Call;
  /** The trainers, or other functions, that take the arguments. */
  readonly takers: readonly Call[];
  /** `LoraConfig(...)`, or another config of PEFT. */
  readonly adapter?: Call;
  /** `BitsAndBytesConfig(...)`. */
  readonly quantization?: Call;
  /** `...from_pretrained("model", ...)` of a model. */
  readonly load?: Call;
  /** Calls that may put an adapter on the model, whichever its kind. */
  readonly adapting: readonly Call[];
}

/** The runs of a Python file: one for each call that `isArgs` accepts, unless a class of that name from elsewhere is meant. */
export function pythonRuns(document: Document, isArgs: CallTest): readonly PythonRun[] {
  return callsOf(document)
    .filter((call) => isArgs(call) && originOf(document, call) !== 'foreign')
    .slice(0, MOST_RUNS)
    .map((args) => pythonRun(args, document));
}

/** No program has more; each is held against every call. */
const MOST_RUNS = 100;

const runs = new WeakMap<Call, PythonRun>();

/** What is trained with these arguments: the model that their trainer is given, else what is near. */
export function pythonRun(args: Call, document: Document): PythonRun {
  const run = runs.get(args) ?? readRun(args, document);
  runs.set(args, run);
  return run;
}

function readRun(args: Call, document: Document): PythonRun {
  const takers = isTrainer(args) ? [args] : usersOf(args, document);
  const followed = takers.flatMap((taker) => loadsOf(taker, document));
  const named = followed.length === 0 && takers.some(isNamed);
  const close = named || followed.length > 0 ? undefined : nearest(args, document, loadsModel);
  const loads = close ? [close] : [...new Set(followed)];
  const load = either(loads, document);
  const adapting = callsOf(document).filter((call) => {
    if (!isAdapting(call) || takers.includes(call)) return isAdapting(call);
    if (isTrainer(call) && takers.length > 0) return false;
    return mayAdapt(call, loads, document);
  });
  const adapter = adapterOf(args, adapting, document);
  const quantization = quantizationOf(args, loads, document);
  return {
    args,
    takers,
    ...(adapter && { adapter }),
    ...(quantization && { quantization }),
    ...(load && { load }),
    adapting,
  };
}

/** Whether a call makes a trainer. */
export function isTrainer({ callee }: Call): boolean {
  return /Trainer$/.test(callee);
}

/** Whether a trainer is given its model by name, and loads it by itself. */
function isNamed(taker: Call): boolean {
  return isTrainer(taker) && modelEntry(taker)?.value.kind === 'scalar';
}

/** Methods that give the model back. */
const SAME = /^(?:half|bfloat16|float|to|train|gradient_checkpointing_enable)$/;

/** The loads of the model that a call is given, through what wraps it: `get_peft_model(model, config)`. */
function loadsOf(user: Call, document: Document, depth = 0): readonly Call[] {
  const known = loaded.get(user);
  if (known !== undefined) return known;
  const loads = followLoads(user, document, depth);
  if (depth === 0) loaded.set(user, loads);
  return loads;
}

const loaded = new WeakMap<Call, readonly Call[]>();

function followLoads(user: Call, document: Document, depth: number): readonly Call[] {
  if (loadsModel(user)) return [user];
  const given = modelEntry(user)?.value;
  if (given === undefined || given.kind === 'scalar' || depth > MAX_DEPTH) return [];
  const makers = makersOf(given, user, document, ({ callee }) => !SAME.test(callee));
  return makers.flatMap((maker) => loadsOf(maker, document, depth + 1));
}

const MAX_DEPTH = 8;

/** Calls that put an adapter on the model, whichever its kind. */
const ADAPTING =
  /^(?:get_peft_model|get_peft_config|prepare_model_for_kbit_training|add_adapter|load_adapter)$/;

/** Whether a call puts an adapter on a model. */
export function isAdapting(call: Call): boolean {
  return (
    ADAPTING.test(call.callee) ||
    /^(?:Auto)?PeftModel/.test(call.receiver) ||
    call.entries.some(({ key }) => key === 'peft_config')
  );
}

/** Whether a call may adapt one of these models: it is given it, or what it is given is not seen. */
function mayAdapt(call: Call, loads: readonly Call[], document: Document): boolean {
  const own = loadsOf(call, document);
  return own.length === 0 || own.some((load) => loads.includes(load));
}

function adapterOf(args: Call, adapting: readonly Call[], document: Document): Call | undefined {
  const isConfig: CallTest = ({ callee }) => isPeftConfig(callee);
  const made = adapting.flatMap((call) => {
    const given = configOf(call);
    return given === undefined ? [] : makersOf(given, call, document, isConfig);
  });
  if (made.length > 0) return either([...new Set(made)], document);
  const isFree: CallTest = (call) =>
    usersOf(call, document).every((user) => !isAdapting(user) || adapting.includes(user));
  return (
    nearest(args, document, (call) => call.callee === 'LoraConfig' && isFree(call)) ??
    nearest(args, document, (call) => isConfig(call) && isFree(call))
  );
}

/** The config that an adapter is made by. */
function configOf({ callee, entries, positional }: Call): Node | undefined {
  const keyword = entries.findLast(({ key }) => key === 'peft_config')?.value;
  return keyword ?? (callee === 'get_peft_model' ? positional[1] : undefined);
}

function quantizationOf(args: Call, loads: readonly Call[], document: Document): Call | undefined {
  const isConfig: CallTest = ({ callee }) => callee === 'BitsAndBytesConfig';
  const given = loads.flatMap((load) => {
    const entry = quantizationEntry(load);
    return entry === undefined ? [] : [{ load, entry }];
  });
  const made = given.flatMap(({ load, entry }) => makersOf(entry.value, load, document, isConfig));
  if (made.length > 0)
    return given.length === loads.length ? either([...new Set(made)], document) : undefined;
  // A load that is seen whole takes no config but the one it names.
  const none = loads.length > 0 && given.length === 0 && loads.every(({ open }) => !open);
  return nearest(args, document, (call) => {
    if (!isConfig(call)) return false;
    if (none) return isMentionedOnce(call, document);
    if (given.length > 0 && isMentionedOnce(call, document)) return false;
    return usersOf(call, document).every((user) => !loadsModel(user) || loads.includes(user));
  });
}

function quantizationEntry({ entries }: Call): Entry | undefined {
  return entries.findLast(({ key }) => key === 'quantization_config');
}

/** Whether a call's result is assigned to a variable that no line of the program mentions again, be it as an attribute. */
export function isMentionedOnce({ assignedTo: name }: Call, document: Document): boolean {
  if (name === undefined || !/^\w+$/.test(name)) return false;
  const known = mentionedOnce.get(document) ?? new Map<string, boolean>();
  mentionedOnce.set(document, known);
  const pattern = new RegExp(`(?<!\\w)${name}(?!\\w)`, 'g');
  const once = known.get(name) ?? document.file.text.match(pattern)?.length === 1;
  known.set(name, once);
  return once;
}

/** By name: every config of a program is asked about for every run of it. */
const mentionedOnce = new WeakMap<Document, Map<string, boolean>>();
