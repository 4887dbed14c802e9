import type { TextEdit } from '../../text/edit.ts';
import { type Span, span } from '../../text/span.ts';
import type { Document, Entry, Node } from '../document.ts';
import { literal, quoteOf, type Written } from './literal.ts';
import { appendItem } from './separated.ts';

type Bracketed = 'json' | 'python';

/** Sets a value of a JSON or Python entry; `torch.float16` becomes `torch.bfloat16`. */
export function setBracketed(
  doc: Document,
  entry: Entry,
  value: Written,
  language: Bracketed,
): readonly TextEdit[] {
  const { text } = doc.file;
  const { value: old } = entry;
  if (old.kind === 'scalar' && old.argument && !old.via) return [];
  const where = target(doc, old);
  const raw = text.slice(where.start, where.end);
  if (old.kind === 'absent' || (old.kind === 'opaque' && raw === '')) {
    const spelled = literal(language, value);
    const behind = text.slice(entry.keySpan.end, where.start);
    if (language === 'python') return [{ span: where, text: spelled }];
    return [{ span: where, text: behind.includes(':') ? ` ${spelled}` : `: ${spelled}` }];
  }
  const torch = language === 'python' && /^torch\s*\.\s*\w+$/.test(raw);
  if (torch && typeof value === 'string' && /^\w+$/.test(value)) {
    return [{ span: where, text: `torch.${value}` }];
  }
  const [, prefix = '', body = raw] = /^([rRuUbB]?)(["'][\s\S]*)$/.exec(raw) ?? [];
  const quote = prefix === '' ? quoteOf(body) : undefined;
  return [{ span: where, text: literal(language, value, quote) }];
}

/** A constant that only this place uses is changed where it is assigned. */
function target(doc: Document, value: Node): Span {
  if (value.kind !== 'scalar' || value.via === undefined) return value.span;
  if (value.argument) return value.via;
  const { text } = doc.file;
  const name = text.slice(value.span.start, value.span.end);
  if (!/^\w+$/.test(name)) return value.span;
  const uses = [...text.matchAll(new RegExp(`(?<![\\w.])${name}(?!\\w)`, 'g'))].length;
  return uses === 2 ? value.via : value.span;
}

/** Adds `path = value` to a call, a dictionary or an object; missing levels become nested ones. */
export function addBracketed(
  doc: Document,
  owner: Owner,
  path: readonly string[],
  value: Written,
  language: Bracketed,
): readonly TextEdit[] {
  const [key = '', ...rest] = path;
  const held = owner.entries.filter((e) => e.key === key).at(-1);
  if (held !== undefined && rest.length === 0) return setBracketed(doc, held, value, language);
  if (held !== undefined) {
    const { value: inner } = held;
    return inner.kind === 'map' ? addBracketed(doc, inner, rest, value, language) : [];
  }
  const { text } = doc.file;
  const where = brackets(text, owner);
  if (where === undefined) return [];
  const call = text[where.start] === '(';
  const item = call
    ? `${key}=${nested(rest, value, language)}`
    : `${JSON.stringify(key)}: ${nested(rest, value, language)}`;
  return appendItem({ text, comments: doc.comments }, where, item);
}

/** What holds entries: a call, a mapping, a dictionary. */
export interface Owner {
  readonly span: Span;
  readonly entries: readonly Entry[];
  /** End of the callee's name, for calls. */
  readonly calleeSpan?: Span;
}

function nested(path: readonly string[], value: Written, language: Bracketed): string {
  const [key, ...rest] = path;
  if (key === undefined) return literal(language, value);
  return `{${JSON.stringify(key)}: ${nested(rest, value, language)}}`;
}

/** The brackets of an owner that is written out and closed. */
function brackets(text: string, owner: Owner): Span | undefined {
  const { start, end } = owner.span;
  const close = text[end - 1];
  if (text[start] === '{') return close === '}' && end - 1 > start ? span(start, end) : undefined;
  const from = owner.calleeSpan?.end ?? start;
  const head = /^[\w.\s]*\(/.exec(text.slice(from, end));
  if (close !== ')' || head === null) return undefined;
  return span(from + head[0].length - 1, end);
}
