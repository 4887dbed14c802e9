import type { Call, Document, Entry, Node, ScalarNode } from '../../syntax/document.ts';
import type { Section } from '../framework.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';
import { originOf } from './origin.ts';
import { setBySetters } from './setters.ts';

/** `PeftModel` takes the model that it adds an adapter to; its `Auto` sisters load both. */
const NOT_A_MODEL =
  /Tokenizer|Processor|Config|FeatureExtractor|Pipeline|Dataset|(?:^|\.)PeftModel/;

/** Whether a call loads a model's weights. */
export function loadsModel(call: Call): boolean {
  if (call.callee !== 'from_pretrained') return false;
  return (
    /^(?=\w+$)\w+(?:For[A-Z]\w|Model$)/.test(lastName(call.receiver)) &&
    !NOT_A_MODEL.test(call.receiver)
  );
}

/** Whether a call is one of Unsloth's loaders, which take other arguments than those of transformers. */
export function isFast({ receiver }: Call): boolean {
  return /^Fast(?:Language|Vision|Text)?Model$/.test(receiver);
}

/** Whether one of Unsloth's loads is read by the table of transformers: it keeps what is gone from there (unsloth/models/loader.py). */
export function isFastLoad(call: Call, { id }: Scope): boolean {
  return id === 'from_pretrained' && isFast(call);
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/**
 * A call as a section of options. `**something` unread, or a class that is not the library's, makes
 * unknown keys unsayable; so does a call for some releases only, whose keys may be gone from others.
 */
export function callSection(document: Document, call: Call, known: Scope): Section {
  const fast = isFastLoad(call, known);
  const own = call.open || call.guarded || fast || originOf(document, call) !== 'library';
  const open: Scope = { ...known, unknown: 'open', ...((call.guarded || fast) && { gone: [] }) };
  const scope = own ? open : known;
  return {
    file: document.file.path,
    document,
    unit: call,
    scope,
    entries: entriesOf(call, known, document),
    leftover: [],
    path: [],
  };
}

/** The arguments of a call, and the options that are set on its result: which of the two counts is not known. */
function entriesOf(call: Call, known: Scope, document: Document): readonly Entry[] {
  const { entries } = call;
  const later = [...(call.later ?? []), ...setBySetters(call, document)];
  const set = later.filter(
    ({ key }, i) =>
      findKey(known, key) !== undefined && later.findLastIndex((one) => one.key === key) === i,
  );
  return [...entries.filter(({ key }) => set.every((one) => one.key !== key)), ...set];
}

/** The model that a load, or a trainer, is given: the keyword or the first positional argument. */
export function modelEntry({ entries, positional }: Call): Entry | undefined {
  const keyword = entries.findLast(({ key }) =>
    /^(?:pretrained_model_name_or_path|model_name|model)$/.test(key),
  );
  if (keyword !== undefined) return keyword;
  const first = positional[0];
  return first === undefined ? undefined : positionalEntry(first);
}

/** A positional argument as an entry whose key cannot be underlined. */
function positionalEntry(value: Node): Entry {
  return { key: '', keySpan: value.span, value, span: value.span };
}

/** Whether a node spells a name, and which: `torch.bfloat16`, `"bfloat16"`. */
export function scalarOf(entry: Entry | undefined): ScalarNode | undefined {
  return entry?.value.kind === 'scalar' ? entry.value : undefined;
}
