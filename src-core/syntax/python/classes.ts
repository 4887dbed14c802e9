import type { SyntaxNode } from '@lezer/common';
import { span } from '../../text/span.ts';
import type { ClassFields, Entry } from '../document.ts';
import { calleeName } from './callee.ts';
import { childrenOf } from './constants.ts';
import { type Reader, readValue } from './values.ts';

/** A class that has base classes and annotated fields with defaults; `undefined` for any other. */
export function readClass(node: SyntaxNode, reader: Reader): ClassFields | undefined {
  const name = node.getChild('VariableName');
  const list = node.getChild('ArgList');
  if (name === null || list === null) return undefined;
  const bases = childrenOf(list).flatMap((base) => {
    const named = base.name === 'VariableName' || base.name === 'MemberExpression';
    return named ? (calleeName(base, reader.text) ?? []) : [];
  });
  if (bases.length === 0) return undefined;
  const entries = node.getChild('Body')?.getChildren('AssignStatement') ?? [];
  return {
    kind: 'class',
    span: span(node.from, node.to),
    name: reader.text.slice(name.from, name.to),
    nameSpan: span(name.from, name.to),
    bases,
    entries: entries.flatMap((field) => readField(field, reader)),
  };
}

/** `optim: str = field(default="adamw_torch")` and `fp16: bool = True`. */
function readField(node: SyntaxNode, reader: Reader): readonly Entry[] {
  const key = node.firstChild;
  const typed = node.getChild('TypeDef') !== null && node.getChild('AssignOp') !== null;
  const given = node.lastChild;
  if (key?.name !== 'VariableName' || !typed || given === null || given.type.isError) return [];
  const value = given.name === 'CallExpression' ? defaultOf(given, reader) : given;
  if (value === undefined) return [];
  const keySpan = span(key.from, key.to);
  return [
    {
      key: reader.text.slice(key.from, key.to),
      keySpan,
      value: readValue(value, reader),
      span: span(key.from, node.to),
    },
  ];
}

/** The value behind `default=` of a dataclass field. */
function defaultOf(call: SyntaxNode, reader: Reader): SyntaxNode | undefined {
  const list = call.getChild('ArgList');
  const names = list?.getChildren('VariableName') ?? [];
  const key = names.find((name) => reader.text.slice(name.from, name.to) === 'default');
  const value = key?.nextSibling?.name === 'AssignOp' ? key.nextSibling.nextSibling : null;
  return value ?? undefined;
}
