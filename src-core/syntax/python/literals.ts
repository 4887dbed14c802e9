import { span } from '../../text/span.ts';
import type { ScalarNode } from '../document.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
};

/** Decodes `'…'`, `"…"`, triple-quoted, raw and unicode literals; `undefined` when unclosed. */
export function decodeString(raw: string): string | undefined {
  const head = /^([A-Za-z]{0,2})('''|"""|'|")/.exec(raw);
  const quote = head?.[2];
  if (head === null || quote === undefined) return undefined;
  const body = raw.slice(head[0].length);
  if (!body.endsWith(quote)) return undefined;
  const inner = body.slice(0, body.length - quote.length);
  return /r/i.test(head[1] ?? '') ? inner : decodeEscapes(inner);
}

function decodeEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  const sequence =
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g;
  return text.replace(
    sequence,
    (all, x?: string, u?: string, long?: string, oct?: string, c = '') => {
      const hex = x ?? u ?? long;
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(oct ?? '', 8);
      if (!Number.isNaN(code)) return code <= 0x10ffff ? String.fromCodePoint(code) : all;
      return SIMPLE[c] ?? (c === '\\' || c === "'" || c === '"' ? c : all);
    },
  );
}

/** The result of an operator on two numbers, if Python has it and it is finite. */
export function operate(left: number, operator: string, right: number): number | undefined {
  const results: Readonly<Record<string, number>> = {
    '+': left + right,
    '-': left - right,
    '*': left * right,
    '/': left / right,
    '//': Math.floor(left / right),
    '**': left ** right,
  };
  const value = results[operator];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** `1.` and `1.e-5` at `from`; the grammar's node may reach over the white space behind. */
export function dottedNumber(raw: string, from: number): ScalarNode | undefined {
  const text = /^\d[\d_]*\.(?:[eE][-+]?\d+)?(?=\s*$)/.exec(raw)?.[0];
  if (text === undefined) return undefined;
  const where = span(from, from + text.length);
  const value = Number(text.replaceAll('_', ''));
  return { kind: 'scalar', span: where, text, value, quoted: false };
}
