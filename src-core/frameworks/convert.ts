import type { OptionValue } from '../run/options.ts';
import { UNKNOWN, type Unknown } from '../run/sourced.ts';
import type { Node } from '../syntax/document.ts';

/** Booleans as transformers' `string_to_bool` reads them. */
const TRUE = new Set(['yes', 'true', 't', 'y', '1']);
const FALSE = new Set(['no', 'false', 'f', 'n', '0']);

/** The boolean that `text` spells, or `undefined`. */
export function boolOfText(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (TRUE.has(lower)) return true;
  return FALSE.has(lower) ? false : undefined;
}

/** The number that `text` spells in Python, or `undefined`. Underscores between digits are allowed. */
export function numberOfText(text: string): number | undefined {
  const plain = text.includes('_') ? text.trim().replace(/(?<=\d)_(?=\d)/g, '') : text.trim();
  if (/^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return Number(plain);
  if (/^[+-]?(inf|infinity)$/i.test(plain)) return plain.startsWith('-') ? -Infinity : Infinity;
  return undefined;
}

/** Boolean of a node; a bare flag is true. */
export function asBool(node: Node): boolean | Unknown {
  if (node.kind === 'absent') return true;
  if (node.kind !== 'scalar') return UNKNOWN;
  if (typeof node.value === 'boolean') return node.value;
  return boolOfText(node.text) ?? UNKNOWN;
}

/** Number of a node, whichever way the loader resolved it (`1e-5` is a string to PyYAML). */
export function asNumber(node: Node): number | Unknown {
  if (node.kind !== 'scalar') return UNKNOWN;
  if (typeof node.value === 'number') return node.value;
  if (typeof node.value === 'boolean') return UNKNOWN;
  return numberOfText(node.text) ?? UNKNOWN;
}

/** Whole number of a node. */
export function asInt(node: Node): number | Unknown {
  const number = asNumber(node);
  return number !== UNKNOWN && Number.isInteger(number) ? number : UNKNOWN;
}

/** Text of a node; null and missing values have none. */
export function asText(node: Node): string | Unknown {
  if (node.kind !== 'scalar' || node.value === null) return UNKNOWN;
  return node.text;
}

/** Texts of a list; one scalar is a list of one. A comma-separated scalar is split only by the caller. */
export function asTexts(node: Node): readonly string[] | Unknown {
  if (node.kind === 'scalar') return node.value === null ? UNKNOWN : [node.text];
  if (node.kind !== 'list') return UNKNOWN;
  const texts: string[] = [];
  for (const item of node.items) {
    const text = asText(item);
    if (text === UNKNOWN) return UNKNOWN;
    texts.push(text);
  }
  return texts;
}

/** The node as plain data; `UNKNOWN` when any part of it is. */
export function asData(node: Node): OptionValue | Unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'absent':
      return null;
    case 'opaque':
      return UNKNOWN;
    case 'list': {
      const items: OptionValue[] = [];
      for (const item of node.items) {
        const value = asData(item);
        if (value === UNKNOWN) return UNKNOWN;
        items.push(value);
      }
      return items;
    }
    case 'map': {
      const data: Record<string, OptionValue> = {};
      for (const entry of node.entries) {
        const value = asData(entry.value);
        if (value === UNKNOWN) return UNKNOWN;
        data[entry.key] = value;
      }
      return data;
    }
  }
}
