// What the tables of the frameworks share.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One extraction. */
export const read = (folder, name) =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

/** The fields of some classes; the first of a name wins. */
export const fieldsOf = (data, names) => {
  const out = new Map();
  for (const name of names) {
    for (const field of data.classes[name].fields) {
      if (!out.has(field.name)) out.set(field.name, field);
    }
  }
  return [...out.values()];
};

/**
 * Last releases of the arguments of TrainingArguments that outlived transformers 4: `llamafactory-cli train -h` lists
 * these three alone under 5.0, #43138 came with 5.2, and 5.14.1 is the last that takes the other two
 * (vllm-project/semantic-router#3925).
 */
const OUTLIVED = { group_by_length: '5.1', warmup_ratio: '5.14', logging_dir: '5.14' };

/** Keys of transformers 4 that the newest release lost: legal wherever version 4 is allowed. */
export function lostSince4(folder, className) {
  const now = new Set(
    read(folder, 'transformers-5.18.0').classes[className].fields.map((f) => f.name),
  );
  return read(folder, 'transformers-4.57.6')
    .classes[className].fields.filter((field) => !now.has(field.name))
    .map((field) => ({ ...field, until: OUTLIVED[field.name] ?? '4.57' }));
}

/** Every key that a class of transformers has or had in its last two major versions. */
export function namesOf(folder, className) {
  return new Set(
    ['transformers-5.18.0', 'transformers-4.57.6'].flatMap((name) =>
      read(folder, name).classes[className].fields.map((field) => field.name),
    ),
  );
}

/** Keys that transformers 5 added. */
export function newSince5(folder, className) {
  const then = new Set(
    read(folder, 'transformers-4.57.6').classes[className].fields.map((f) => f.name),
  );
  return new Set(
    read(folder, 'transformers-5.18.0')
      .classes[className].fields.map((field) => field.name)
      .filter((name) => !then.has(name)),
  );
}

/** A field that was read by hand, in the form of the extraction. */
export function field(name, type, value, definedIn, more = {}) {
  const base = { name, type, default: value, required: false, choices: null, aliases: [] };
  return { ...base, definedIn, ...more };
}

/** Fields of several classes; the first of a name wins. */
export const merge = (...lists) => {
  const out = new Map();
  for (const item of lists.flat()) if (!out.has(item.name)) out.set(item.name, item);
  return [...out.values()];
};

const NO_FLAG = new Set(['help', 'training_script', 'training_script_args']);

/** Whether an argument of `accelerate launch` is an option. */
export const isLaunchFlag = (item) => !NO_FLAG.has(item.name);
