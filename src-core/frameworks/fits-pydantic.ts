import type { Node, ScalarNode } from '../syntax/document.ts';
import { numberOfText } from './convert.ts';
import type { KeyKind, KeySpec } from './schema.ts';

/** Words that pydantic's lax mode reads as a boolean, in any case. */
const BOOLEAN = /^(?:0|1|off|on|f|t|false|true|n|y|no|yes)$/i;
const INTEGER = /^\s*[+-]?\d+(?:_\d+)*(?:\.0*)?\s*$/;

/**
 * Whether pydantic takes the node for the key: lax mode, which reads `"16"` as a number and 1 as
 * true, but no number as text, no fraction as a whole number and no scalar as a list.
 */
export function fitsPydantic(node: Node, spec: KeySpec): boolean {
  if (node.kind === 'opaque' || spec.kinds.length === 0) return true;
  if (node.kind === 'absent' || (node.kind === 'scalar' && node.value === null))
    return spec.nullable || spec.kinds.includes('any');
  return spec.kinds.some((kind) => fitsKind(node, kind, spec));
}

function fitsKind(
  node: Exclude<Node, { kind: 'opaque' | 'absent' }>,
  kind: KeyKind,
  spec: KeySpec,
) {
  if (kind === 'any') return true;
  if (node.kind === 'list') return kind === 'list';
  if (node.kind === 'map') return kind === 'dict';
  return fitsScalar(node, kind, spec);
}

function fitsScalar({ value, text }: ScalarNode, kind: KeyKind, spec: KeySpec): boolean {
  switch (kind) {
    case 'bool':
      return (
        typeof value === 'boolean' ||
        (typeof value === 'string' ? BOOLEAN.test(text) : isBit(value))
      );
    case 'int':
      return typeof value === 'string' ? INTEGER.test(text) : Number.isInteger(Number(value));
    case 'float':
      return (
        typeof value !== 'string' || numberOfText(text) !== undefined || /^[+-]?nan$/i.test(text)
      );
    case 'string':
      return typeof value === 'string';
    case 'list':
      // `"all_linear"` in place of a list of names.
      return spec.choices?.some((choice) => choice === value) === true;
    default:
      return false;
  }
}

function isBit(value: ScalarNode['value']): boolean {
  return value === 0 || value === 1;
}
