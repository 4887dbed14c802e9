import { type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Call, Document, Entry, Node } from '../../syntax/document.ts';
import type { Span } from '../../text/span.ts';
import type { Recognized } from '../framework.ts';
import { callsOf, textOf } from './follow.ts';
import { originOf } from './origin.ts';
import { isTrainer, pythonRun } from './runs.ts';

/** The one trainer of a run in Python, where all that it is given is seen. */
export interface Given {
  readonly trainer: Call;
  readonly document: Document;
}

/** Trainers of transformers itself: TRL's look after padding and a model that has an adapter. */
export const PLAIN_TRAINERS: ReadonlySet<string> = new Set(['Trainer', 'Seq2SeqTrainer']);

/** The library's trainer that takes the arguments of a run, or makes them itself; `undefined` where there are several. */
export function givenTo({ sections }: Recognized): Given | undefined {
  const args = sections.at(-1);
  if (args?.unit.kind !== 'call') return undefined;
  const { document } = args;
  const [trainer, ...others] = pythonRun(args.unit, document).takers.filter(isTrainer);
  if (trainer === undefined || others.length > 0 || trainer.open || trainer.guarded === true)
    return undefined;
  return originOf(document, trainer) === 'library' ? { trainer, document } : undefined;
}

/** An argument of a call that is given by name and is not None. */
export function argumentOf({ entries }: Call, name: string): Entry | undefined {
  const entry = entries.findLast(({ key }) => key === name);
  return entry?.value.kind === 'scalar' && entry.value.value === null ? undefined : entry;
}

/** A stretch of a program that is no option, to be underlined as a key is. */
export function placeAt({ file }: Document, text: string, at: Span): Sourced<unknown> {
  const entry: Entry = { key: text, keySpan: at, value: { kind: 'absent', span: at }, span: at };
  return written<unknown>(UNKNOWN, file.path, entry, text);
}

/** What keeps a dataset of the `datasets` library one that streams. */
const KEEPS =
  /^(?:map|filter|shuffle|take|skip|batch|cast|cast_column|with_format|remove_columns|rename_columns?|select_columns)$/;
const NAME = /^[A-Za-z_]\w*/;

/** Whether a value is surely a dataset that streams, which has no length: `load_dataset(..., streaming=True)`. */
export function isStreamed(value: Node, document: Document): boolean {
  return streams(textOf(value, document), value.span.start, document, 0);
}

const DEEPEST = 6;

function streams(text: string, at: number, document: Document, depth: number): boolean {
  if (depth > DEEPEST) return false;
  const load = callsOf(document).find(({ calleeSpan, receiver, span }) => {
    return span.start === at && (receiver === '' || calleeSpan.start === at + receiver.length + 1);
  });
  if (load?.callee === 'load_dataset') {
    const entry = argumentOf(load, 'streaming');
    return entry?.value.kind === 'scalar' && entry.value.value === true;
  }
  const name = NAME.exec(text)?.[0];
  if (name === undefined || !keeps(text.slice(name.length))) return false;
  const code = document.file.text;
  if (new RegExp(`\\b(?:def\\s+\\w+\\([^)]*|for\\s[^:\\n]*)\\b${name}\\b`).test(code)) return false;
  const found = assignedAt(name, document);
  return (
    found.length > 0 &&
    found.every((start) => {
      const end = code.indexOf('\n', start);
      const line = code.slice(start, end < 0 ? code.length : end).trim();
      const own = NAME.exec(line)?.[0] === name;
      // `ds = ds.map(...)` keeps what `ds` was before.
      if (own) return found.length > 1 && keeps(line.slice(name.length));
      return streams(line, start, document, depth + 1);
    })
  );
}

const SET = /^[ \t]*([A-Za-z_][^=\n]*)=(?!=)[ \t]*/gm;

/** Where the values begin that a name is assigned in a program. */
export function assignedAt(name: string, document: Document): readonly number[] {
  const keywords = new Set(
    callsOf(document).flatMap(({ entries }) => entries.map(({ keySpan }) => keySpan.start)),
  );
  return [...document.file.text.matchAll(SET)].flatMap((one) => {
    const [all, left = ''] = one;
    const names = left.replace(/:.*$/, '').split(',');
    const at = one.index + all.length - all.trimStart().length;
    const is = names.some((text) => text.trim() === name) && !keywords.has(at);
    return is ? [one.index + all.length] : [];
  });
}

/** Whether what stands behind a dataset's name is a split of it, or what gives a dataset that streams as well. */
function keeps(rest: string): boolean {
  const [, method, more = ''] = /^(?:\[["']\w+["']\])?(?:\.(\w+)\(([^\n]*))?/.exec(rest) ?? [];
  if (method === undefined) return /^(?:\[["']\w+["']\])?\s*(?:#.*)?$/.test(rest);
  return KEEPS.test(method) && !/\)\.(?:to_\w+|__\w+)\(/.test(more);
}
