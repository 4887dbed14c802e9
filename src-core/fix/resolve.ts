import type { LoweredRun } from '../analysis/runs.ts';
import type { FileEdits, Fix } from '../finding.ts';
import type { OptionChange, Section } from '../frameworks/framework.ts';
import type { WrittenOption } from '../frameworks/options.ts';
import { findKey } from '../frameworks/resolve-key.ts';
import { isOlder } from '../frameworks/since.ts';
import type { Change, FieldChange, FixIntent, Literal, WrittenOrigin } from '../run/fix-intent.ts';
import { flagEntries } from '../syntax/argv.ts';
import type { Document, Entry } from '../syntax/document.ts';
import {
  addEntry,
  asOverride,
  joinDeletions,
  removeEntry,
  renameKey,
  setValue,
  type Written,
} from '../syntax/patch.ts';
import { sortEdits, type TextEdit } from '../text/edit.ts';
import { english } from '../text/message.ts';
import type { Span } from '../text/span.ts';

type OptionIntent = Extract<Change, { kind: 'option' }>;

/** Edits by file, gathered while a fix is spelled. */
type Gathered = Map<string, TextEdit[]>;

/**
 * Turns an intent into edits: the adapter spells neutral fields as its own options, the patcher
 * writes them. `undefined` when the framework has no spelling, or when nothing would change.
 */
export function resolveFix(
  intent: FixIntent,
  lowered: LoweredRun,
  documents: ReadonlyMap<string, Document>,
): Fix | undefined {
  const gathered: Gathered = new Map();
  const changes = withFollowing(intent.changes, lowered);
  if (changes === undefined) return undefined;
  const spelled = changes.map((change) => spell(change, lowered));
  for (const [at, change] of changes.entries()) {
    const options = spelled[at];
    const done =
      change.kind === 'field' || change.kind === 'option'
        ? options !== undefined && applyOptions(lasting(options, spelled, at), lowered, gathered)
        : applyEdit(change, lowered, documents, gathered);
    if (!done) return undefined;
  }
  const files: FileEdits[] = [];
  for (const [file, edits] of gathered) {
    const document = documents.get(file);
    if (edits.some((edit) => isUnread(edit, document))) return undefined;
    const text = document?.file.text ?? '';
    const real = edits.filter((edit) => text.slice(edit.span.start, edit.span.end) !== edit.text);
    const sorted = sortEdits(joinDeletions(real));
    if (sorted === undefined) return undefined;
    if (sorted.length > 0) files.push({ file, edits: joinInsertions(sorted) });
  }
  return files.length === 0
    ? undefined
    : {
        title: english(intent.title),
        said: intent.title,
        safety: intent.safety,
        files,
      };
}

/** Whether what an edit writes stands behind a place that no loader reads on from. */
function isUnread(edit: TextEdit, document: Document | undefined): boolean {
  const fault = document?.fault;
  return fault !== undefined && fault.local !== true && edit.span.end >= fault.span.start;
}

/** The changes, each with those that must go with it elsewhere; `undefined` where these cannot be made. */
function withFollowing(
  changes: readonly Change[],
  lowered: LoweredRun,
): readonly Change[] | undefined {
  const all = changes.map((change) => {
    const others = change.kind === 'field' ? lowered.follows(change) : [];
    return others && [change, ...others];
  });
  return all.some((part) => part === undefined) ? undefined : all.flatMap((part) => part ?? []);
}

/** Insertions at one place become one edit, so that they stay together and in order. */
function joinInsertions(sorted: readonly TextEdit[]): readonly TextEdit[] {
  const joined: TextEdit[] = [];
  for (const edit of sorted) {
    const before = joined.at(-1);
    const here = before?.span.end === edit.span.start && edit.span.start === edit.span.end;
    if (before !== undefined && here && before.span.start === before.span.end)
      joined[joined.length - 1] = { span: before.span, text: before.text + edit.text };
    else joined.push(edit);
  }
  return joined;
}

/** Where several changes of one fix write the same option, the last one decides. */
function lasting(
  options: readonly OptionChange[],
  spelled: readonly (readonly OptionChange[] | undefined)[],
  at: number,
): readonly OptionChange[] {
  const later = spelled.slice(at + 1).flatMap((one) => one ?? []);
  return options.filter(
    ({ key, scope }) => !later.some((one) => one.key === key && one.scope === scope),
  );
}

function applyEdit(
  change: Exclude<Change, FieldChange | OptionIntent>,
  lowered: LoweredRun,
  documents: ReadonlyMap<string, Document>,
  out: Gathered,
): boolean {
  switch (change.kind) {
    case 'rename':
      return atOrigin(change.at, documents, out, (doc) =>
        renameKey(doc, change.at.entry, change.to),
      );
    case 'override':
      return atOrigin(change.at, documents, out, (doc) => asOverride(doc, change.at.entry));
    case 'value':
      return atOrigin(change.at, documents, out, (doc) =>
        setValue(doc, change.at.entry, written(change.at.entry, change.to)),
      );
    case 'remove':
      return removeAt(change.at, lowered, out);
  }
}

/** The options that a change sets; `undefined` when the framework has no spelling, or it sets none. */
function spell(change: Change, lowered: LoweredRun): readonly OptionChange[] | undefined {
  if (change.kind === 'option') return [{ key: change.key, to: change.to }];
  if (change.kind !== 'field') return undefined;
  const { adapter } = lowered.recognized;
  const spelled = adapter.spell?.(change.field, change.to, lowered.options);
  if (spelled !== undefined) return spelled;
  const key = adapter.fields[change.field];
  const to = asLiteral(change);
  return key === undefined || to === undefined ? undefined : [{ key, to }];
}

/** The plain value of a neutral field; `undefined` for fields that only an adapter can spell. */
function asLiteral(change: FieldChange): Literal | undefined {
  if (change.field === 'model') return change.to.text;
  const { to } = change;
  if (typeof to === 'string' || typeof to === 'number' || typeof to === 'boolean') return to;
  return isTexts(to) ? to : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Applies option changes; a key that goes where another comes is renamed in place. */
function applyOptions(
  changes: readonly OptionChange[],
  lowered: LoweredRun,
  out: Gathered,
): boolean {
  const pending = changes.filter((change) => change.to !== null || find(change, lowered));
  const swap = findSwap(pending, lowered);
  if (swap !== undefined) {
    const { document } = swap.option.section;
    put(out, swap.option.section.file, renameKey(document, swap.option.entry, swap.add.key));
  }
  for (const change of pending) {
    if (change === swap?.add || change === swap?.remove) continue;
    if (!applyOption(change, lowered, out)) return false;
  }
  return true;
}

interface Swap {
  readonly add: OptionChange;
  readonly remove: OptionChange;
  readonly option: WrittenOption;
}

function findSwap(changes: readonly OptionChange[], lowered: LoweredRun): Swap | undefined {
  const add = changes.find((change) => change.to === true && !find(change, lowered));
  if (add === undefined) return undefined;
  for (const remove of changes) {
    const option = remove.to === null ? find(remove, lowered) : undefined;
    if (option !== undefined && isTrue(option.entry)) return { add, remove, option };
  }
  return undefined;
}

function isTrue({ value }: Entry): boolean {
  return value.kind === 'absent' || (value.kind === 'scalar' && /^true$/i.test(value.text));
}

function find(change: OptionChange, { options }: LoweredRun): WrittenOption | undefined {
  return options.find(change.scope === undefined ? change.key : `${change.scope}.${change.key}`);
}

function applyOption(change: OptionChange, lowered: LoweredRun, out: Gathered): boolean {
  const option = find(change, lowered);
  if (option === undefined) return addOption(change, lowered, out);
  const { value } = option.entry;
  if (value.kind === 'scalar' && value.argument?.is === 'given')
    return change.to !== null && setGiven(value.argument.span, change.to, lowered, out);
  const { section, entry } = option;
  const edits =
    change.to === null
      ? removeEntry(section.document, section.unit, entry)
      : setValue(section.document, entry, written(entry, change.to));
  return put(out, section.file, edits);
}

/** Sets a value where the command that starts the program gives it. */
function setGiven(where: Span, to: Literal, { recognized }: LoweredRun, out: Gathered): boolean {
  const { document, unit, file } = recognized.started ?? {};
  if (!document || !file || unit?.kind !== 'command') return false;
  const { entries } = flagEntries(unit.words, 'gnu');
  const entry = entries.find(({ value }) => isSame(value.span, where) && value.kind === 'scalar');
  return entry !== undefined && put(out, file, setValue(document, entry, to));
}

function isSame(a: Span, b: Span): boolean {
  return a.start === b.start && a.end === b.end;
}

function addOption(change: OptionChange, lowered: LoweredRun, out: Gathered): boolean {
  if (change.to === null) return true;
  const section = sectionFor(change, lowered.recognized.sections);
  if (section === undefined || comesLater(change.key, section, lowered)) return false;
  const { document, unit, path, file, style } = section;
  const options = style === undefined ? {} : { style };
  return put(out, file, addEntry(document, unit, [...path, change.key], change.to, options));
}

/** Whether the release in use does not have the key yet. */
function comesLater(name: string, { scope }: Section, { run, recognized }: LoweredRun): boolean {
  const spec = findKey(scope, name);
  if (spec?.since === undefined) return false;
  const own = (spec.package ?? scope.framework) === recognized.adapter.id;
  return own && isOlder(run.frameworkVersion, spec.since);
}

function sectionFor(change: OptionChange, sections: readonly Section[]): Section | undefined {
  return sections.find(
    ({ scope, implied }) =>
      implied !== true &&
      (change.scope === undefined || scope.id === change.scope) &&
      findKey(scope, change.key) !== undefined,
  );
}

/** `torch.float16` stays in torch's spelling when its value changes. */
function written(entry: Entry, to: Literal): Written {
  const { value } = entry;
  const torch = value.kind === 'scalar' && !value.quoted && value.text.startsWith('torch.');
  return torch && typeof to === 'string' && !to.startsWith('torch.') ? { raw: `torch.${to}` } : to;
}

function atOrigin(
  at: WrittenOrigin,
  documents: ReadonlyMap<string, Document>,
  out: Gathered,
  edit: (document: Document) => readonly TextEdit[],
): boolean {
  const document = documents.get(at.file);
  return document !== undefined && put(out, at.file, edit(document));
}

function removeAt(at: WrittenOrigin, lowered: LoweredRun, out: Gathered): boolean {
  const option = lowered.options.entries.find(({ entry }) => entry === at.entry);
  if (option === undefined) return false;
  const { section } = option;
  return put(out, at.file, removeEntry(section.document, section.unit, at.entry));
}

/** Adds edits; `false` when there are none, which means that it cannot be written. */
function put(out: Gathered, file: string, edits: readonly TextEdit[]): boolean {
  out.set(file, [...(out.get(file) ?? []), ...edits]);
  return edits.length > 0;
}
