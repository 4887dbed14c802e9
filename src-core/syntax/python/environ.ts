import type { SyntaxNode } from '@lezer/common';
import { span } from '../../text/span.ts';
import type { Entry } from '../document.ts';
import { decodeString } from './literals.ts';
import { type Reader, readValue } from './values.ts';

const ENVIRON = /^(?:os\s*\.\s*)?environ$/;

/**
 * What a statement sets in the environment of its own program: `os.environ["NAME"] = value`,
 * `os.environ.setdefault("NAME", value)` or `os.putenv("NAME", value)`.
 */
export function readEnviron(node: SyntaxNode, reader: Reader): Entry | undefined {
  return node.name === 'AssignStatement' ? assigned(node, reader) : called(node, reader);
}

function assigned(node: SyntaxNode, reader: Reader): Entry | undefined {
  const target = node.firstChild;
  if (target?.name !== 'MemberExpression' || target.getChild('[') === null) return undefined;
  const owner = target.firstChild;
  if (owner === null || !ENVIRON.test(reader.text.slice(owner.from, owner.to))) return undefined;
  return entry(node, target.getChild('String'), node.lastChild, reader);
}

function called(node: SyntaxNode, reader: Reader): Entry | undefined {
  const callee = node.firstChild;
  const list = node.getChild('ArgList');
  if (callee === null || list === null) return undefined;
  const text = reader.text.slice(callee.from, callee.to).replace(/\s+/g, '');
  if (!/^(?:os\.)?environ\.setdefault$|^os\.putenv$/.test(text)) return undefined;
  const comma = list.getChild(',');
  return entry(node, list.getChild('String'), comma?.nextSibling ?? null, reader);
}

function entry(
  node: SyntaxNode,
  name: SyntaxNode | null,
  value: SyntaxNode | null,
  reader: Reader,
): Entry | undefined {
  const key = name === null ? undefined : decodeString(reader.text.slice(name.from, name.to));
  if (name === null || key === undefined || value === null) return undefined;
  return {
    key,
    keySpan: span(name.from, name.to),
    value: readValue(value, reader),
    span: span(node.from, node.to),
  };
}
