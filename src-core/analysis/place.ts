import { type Sourced, writtenOrigin } from '../run/sourced.ts';
import type { ArgumentOrigin, Node } from '../syntax/document.ts';
import type { Span } from '../text/span.ts';

/** A file and a range in it. */
export interface Place {
  readonly file: string;
  readonly span: Span;
}

/**
 * Where to underline: the written value that decides (its key when the value is a bare flag or
 * a boolean), else the comment that sets it, else the grip of the run.
 */
export function placeOf(at: Sourced<unknown>, onKey: boolean, grip: Place): Place {
  const origin = writtenOrigin(at);
  if (origin === undefined)
    return at.origin.kind === 'setting' && at.origin.span && at.origin.file
      ? { file: at.origin.file, span: at.origin.span }
      : grip;
  const given = argumentOf(origin.entry);
  if (given?.is === 'given') return { file: given.file, span: given.span };
  const { key, keySpan, value } = entryParts(origin.entry);
  const bare = onKey || value === undefined || value.start >= value.end;
  return { file: origin.file, span: bare || key === '' ? keySpan : value };
}

function argumentOf({ value }: { readonly value: Node }): ArgumentOrigin | undefined {
  return value.kind === 'scalar' ? value.argument : undefined;
}

function entryParts(entry: {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: { readonly kind: string; readonly span: Span };
}) {
  const { key, keySpan, value } = entry;
  return { key, keySpan, value: value.kind === 'absent' ? undefined : value.span };
}
