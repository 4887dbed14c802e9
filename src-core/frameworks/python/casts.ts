import type { DType } from '../../facts/dtypes.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Call, Document } from '../../syntax/document.ts';
import { dtypeOf } from '../hf/trainer-fields.ts';
import { loadsModel, modelEntry } from './calls.ts';
import { callsOf, inOneFunction, stands, textOf } from './follow.ts';
import { isTrainer, type PythonRun } from './runs.ts';

const CAST = /^(?:float|half|bfloat16|to)$/;

/**
 * The format of the weights where the program casts them after the load: `model = model.float()`.
 * Only fp32 is told, which no dtype of the load can undo; other casts, those under a condition and those
 * of some weights leave it unknown.
 */
export function castDtype(run: PythonRun, document: Document): Sourced<DType> | undefined {
  const { load } = run;
  if (load === undefined) return undefined;
  const names = namesOf(run, document);
  const starts = run.takers.filter(isTrainer).map((taker) => startOf(taker, document));
  const isInTime = (call: Call) =>
    (inOneFunction(call, load) || inOneFunction(call, run.args)) &&
    call.span.start >= load.span.start &&
    starts.every((start) => !inOneFunction(call, start) || call.span.start < start.span.end);
  const last = callsOf(document).findLast(
    (call) => CAST.test(call.callee) && isInTime(call) && isCast(call, load, names, document),
  );
  if (last === undefined) return undefined;
  const sure = last.block === undefined || stands(run.args, last.block);
  const whole = sure && isWhole(last, load, names) && targetOf(last) === 'float32';
  return derived<DType>(whole ? 'float32' : UNKNOWN, `\`.${last.callee}()\` casts the weights`);
}

/** The call that begins the training: `trainer.train()`, or the trainer where its function has none. */
function startOf(taker: Call, document: Document): Call {
  const { assignedTo: name } = taker;
  const train = callsOf(document).find(
    (call) =>
      call.callee === 'train' &&
      call.receiver === name &&
      inOneFunction(call, taker) &&
      call.span.start > taker.span.start,
  );
  return train ?? taker;
}

/** The variables of the model: that of its load, and that which the trainer is given. */
function namesOf({ load, takers }: PythonRun, document: Document): ReadonlySet<string> {
  const given = takers.flatMap((taker) => {
    const entry = modelEntry(taker);
    return entry === undefined || loadsModel(taker) ? [] : textOf(entry.value, document);
  });
  return new Set([...given, ...(load?.assignedTo === undefined ? [] : [load.assignedTo])]);
}

/** Whether a call casts weights of the model, or of some model: `p.data = p.data.float()`. */
function isCast(call: Call, load: Call, names: ReadonlySet<string>, document: Document): boolean {
  if (targetOf(call) === undefined) return false;
  const { receiver } = call;
  if (isWhole(call, load, names) || isOfEach(call, document)) return true;
  return [...names].some((name) =>
    ['.model', '.base_model', '.module'].some((part) => receiver === name + part),
  );
}

/** Whether a call casts what a loop over the parameters, or the parts, of a model gives: `p.data = p.data.float()`. */
function isOfEach({ receiver, assignedTo, span, within }: Call, { file }: Document): boolean {
  const [, item] = /^(\w+)\.(?:[\w.]+\.)?data$/.exec(assignedTo ?? receiver) ?? [];
  if (item === undefined) return false;
  const from = Math.max(within?.start ?? 0, span.start - LONGEST_LOOP);
  const before = file.text.slice(from, span.start);
  const isItem = new RegExp(`\\b${item}\\b`);
  const loop = [...before.matchAll(LOOP)].findLast(([, items = '']) => isItem.test(items));
  if (loop === undefined) return false;
  const over = before.slice(loop.index + loop[0].length);
  return /^.*(?:param|module|children|layer)/.test(over);
}

/** `for name, p in`. */
const LOOP = /\bfor\b((?:(?!\b(?:for|in)\b)[^\n:])*)\bin\b/g;
/** So far above a cast, in UTF-16 units, its loop may begin. */
const LONGEST_LOOP = 8192;

/** Whether a call casts all of the model: by its variable, behind its load, or what is made of it. */
function isWhole({ receiver, assignedTo, span }: Call, load: Call, names: ReadonlySet<string>) {
  if (names.has(receiver) || span.start === load.span.start) return true;
  return names.has(assignedTo ?? '') && /^[\w.]+\(/.test(receiver);
}

/** The format that a cast ends in; `undefined` for a move to a device. */
function targetOf({ callee, positional, entries, open }: Call): DType | typeof UNKNOWN | undefined {
  if (callee === 'half' || callee === 'bfloat16') return UNKNOWN;
  if (callee === 'float') return 'float32';
  const values = [...positional, ...entries.map(({ value }) => value)];
  for (const value of values) {
    const text = value.kind === 'scalar' ? value.text : '';
    const dtype = known(dtypeOf(byDefault(text, 'the argument')));
    if (dtype !== undefined) return dtype;
  }
  const unread = values.some((one) => one.kind === 'opaque' && /dtype/i.test(one.text));
  return open || unread ? UNKNOWN : undefined;
}
