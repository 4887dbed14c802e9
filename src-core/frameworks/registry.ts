import { isNumeral } from '../syntax/plain.ts';
import { type Change, changeBetween, linesAround } from '../text/change.ts';
import { accelerate } from './accelerate/adapter.ts';
import { axolotl } from './axolotl/adapter.ts';
import { deepspeed } from './deepspeed/adapter.ts';
import type { Adapter } from './framework.ts';
import { litgpt } from './litgpt/adapter.ts';
import { llamafactory } from './llamafactory/adapter.ts';
import { openrlhf } from './openrlhf/adapter.ts';
import { peft } from './peft/adapter.ts';
import { startedPrograms } from './started.ts';
import { swift } from './swift/adapter.ts';
import { torchtune } from './torchtune/adapter.ts';
import { trainerCalls } from './trainer-calls.ts';
import { transformers } from './transformers/adapter.ts';
import { ownScripts } from './transformers/own-script.ts';
import { trl } from './trl/adapter.ts';
import { unsloth } from './unsloth/adapter.ts';
import { verl } from './verl/adapter.ts';
import { xtuner } from './xtuner/adapter.ts';

/** Every adapter, the one to believe first when two recognise the same text. */
export const adapters: readonly Adapter[] = [
  swift,
  llamafactory,
  axolotl,
  torchtune,
  litgpt,
  verl,
  openrlhf,
  xtuner,
  unsloth,
  trl,
  transformers,
  peft,
  deepspeed,
  accelerate,
];

/** Launchers: they take a command only when nothing is known of what it starts. */
const launchers: readonly Adapter[] = [deepspeed, accelerate];

/** Who looks at a text, in this order: what no trainer takes may be a script of one's own. */
export const recognizers: readonly Adapter[] = [
  ...adapters.filter((one) => !launchers.includes(one)),
  startedPrograms,
  ownScripts,
  ...trainerCalls,
  ...launchers,
];

/** The adapter of that id; throws `RangeError` for an id that no adapter has. */
export function adapterById(id: string): Adapter {
  const found = adapters.find((adapter) => adapter.id === id);
  if (found === undefined) throw new RangeError(`no adapter ${id}`);
  return found;
}

/** The adapters whose evidence the text holds. */
export function candidates(text: string): readonly Adapter[] {
  if (last?.text !== text) last = { text, found: stillFound(text) ?? all(text) };
  return last.found;
}

/** The gate and the analysis ask of the same text one after the other, then of the text as edited. */
let last: { readonly text: string; readonly found: readonly Adapter[] } | undefined;

function all(text: string): readonly Adapter[] {
  return recognizers.filter((one) => one.evidence.every((pattern) => pattern.test(text)));
}

/** Longer surroundings of an edit are not worth comparing. */
const LONG = 8192;

/** The answer for the last text, when the lines around the edit speak for the same adapters still. */
function stillFound(text: string): readonly Adapter[] | undefined {
  const change = last && changeBetween(last.text, text);
  if (change === undefined || !last) return undefined;
  if (isInNumber(last.text, text, change)) return last.found;
  const { from, to } = linesAround(text, change.start, change.start + change.text.length, REACH);
  const before = last.text.slice(from, to - change.by);
  const after = text.slice(from, to);
  if (before.length + after.length > LONG) return undefined;
  const spoke = spokenFor(before);
  const speaks = spokenFor(after);
  return speaks.every((one, i) => one === spoke[i]) ? last.found : undefined;
}

/** A longer word is no number. */
const LONGEST_NUMBER = 32;

/** Whether the edit makes another number of one: no evidence asks which number stands there. */
function isInNumber(before: string, after: string, { start, end, by }: Change): boolean {
  const head = /[\w.+-]*$/.exec(after.slice(Math.max(0, start - LONGEST_NUMBER), start))?.[0] ?? '';
  const tail = /^[\w.+-]*/.exec(before.slice(end, end + LONGEST_NUMBER))?.[0] ?? '';
  const from = start - head.length;
  const to = end + tail.length;
  if (Math.max(head.length, tail.length) === LONGEST_NUMBER) return false;
  return isNumeral(before.slice(from, to)) && isNumeral(after.slice(from, to + by));
}

const patterns = recognizers.flatMap(({ evidence }) => evidence);

/** Which pieces of evidence the text holds. What stands after an edit stands before the next. */
function spokenFor(text: string): readonly boolean[] {
  if (around?.text !== text)
    around = { text, spoken: patterns.map((pattern) => pattern.test(text)) };
  return around.spoken;
}

let around: { readonly text: string; readonly spoken: readonly boolean[] } | undefined;

/** Evidence is a few words: with line breaks between them it still lies within so many lines. */
const REACH = 3;

/** Other names by which people call a framework. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  hf: 'transformers',
  huggingface: 'transformers',
  'ms-swift': 'swift',
  'llama-factory': 'llamafactory',
  llama_factory: 'llamafactory',
};

/** The id behind a framework's name: `ms-swift` is `swift`. Names that are none come back as they are. */
export function frameworkId(name: string): string {
  const lower = name.toLowerCase();
  return OTHER_NAMES[lower] ?? lower;
}
