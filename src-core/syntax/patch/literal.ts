import type { Language } from '../../text/source-file.ts';
import type { Scalar } from '../document.ts';
import { resolvePlain } from '../yaml/scalars.ts';

/** Text to write as it stands, such as `torch.bfloat16` in Python. */
export interface Raw {
  readonly raw: string;
}

/** A mapping of names to scalars. */
export interface Fields {
  readonly fields: Readonly<Record<string, Scalar>>;
}

/** A value to write. */
export type Written = Scalar | readonly Scalar[] | Raw | Fields;

/** How a language spells a value; strings take `quote` where that can hold them. */
export function literal(language: Language, value: Written, quote?: string): string {
  if (isRaw(value)) return value.raw;
  if (isList(value)) return listLiteral(language, value);
  if (typeof value === 'object' && value !== null) return mapLiteral(language, value);
  if (typeof value === 'string') return stringLiteral(language, value, quote);
  if (typeof value === 'number') return numberLiteral(language, value);
  if (language === 'python') return value === null ? 'None' : value ? 'True' : 'False';
  return String(value);
}

/** Whether the value is to be written as it stands. */
export function isRaw(value: Written): value is Raw {
  return typeof value === 'object' && value !== null && 'raw' in value;
}

/** Whether the value is a list. */
export function isList(value: Written): value is readonly Scalar[] {
  return Array.isArray(value);
}

function listLiteral(language: Language, items: readonly Scalar[]): string {
  const parts = items.map((item) => literal(language, item));
  return language === 'shell' ? parts.join(' ') : `[${parts.join(', ')}]`;
}

/** In a command a mapping is one word of JSON. */
function mapLiteral(language: Language, { fields }: Fields): string {
  const inner = language === 'shell' ? 'json' : language;
  const parts = Object.entries(fields).map(
    ([key, value]) => `${JSON.stringify(key)}: ${literal(inner, value)}`,
  );
  const text = `{${parts.join(', ')}}`;
  return language === 'shell' ? shellQuote(text, undefined) : text;
}

/** YAML 1.1 reads a float only with a dot: `1.0e-7`, not `1e-7`. */
function numberLiteral(language: Language, value: number): string {
  const text = String(value);
  return language === 'yaml' ? text.replace(/^(-?\d+)e/, '$1.0e') : text;
}

function stringLiteral(language: Language, text: string, quote: string | undefined): string {
  switch (language) {
    case 'shell':
      return shellQuote(text, quote);
    case 'yaml':
      return yamlString(text, quote);
    case 'json':
    case 'log':
      return JSON.stringify(text);
    case 'python':
      return pythonString(text, quote);
  }
}

/** Whether a shell word can hold the text without quotes. */
export function isPlainWord(text: string): boolean {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text);
}

function shellQuote(text: string, quote: string | undefined): string {
  if (quote === undefined && isPlainWord(text)) return text;
  const single = quote !== '"' && !text.includes("'");
  return single ? `'${text}'` : `"${text.replace(/[$`"\\]/g, '\\$&')}"`;
}

function yamlString(text: string, quote: string | undefined): string {
  const printable = !/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(text);
  if (quote === "'" && printable) return `'${text.replaceAll("'", "''")}'`;
  const plain = /^[A-Za-z0-9_./~][^\n]*$/.test(text) && !/[:#,[\]{}"]|\s$|^---|^\.\.\./.test(text);
  const bare = quote === undefined && printable && plain && typeof resolvePlain(text) === 'string';
  return bare ? text : JSON.stringify(text);
}

function pythonString(text: string, quote: string | undefined): string {
  const doubled = JSON.stringify(text);
  if (quote !== "'") return doubled;
  return `'${doubled.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** The quote that a written value stands in, if both its ends have the same one. */
export function quoteOf(raw: string): string | undefined {
  const [first] = raw;
  if (first !== '"' && first !== "'") return undefined;
  return raw.length > 1 && raw.endsWith(first) ? first : undefined;
}
