import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import type { SourceFile } from '../../text/source-file.ts';
import { span } from '../../text/span.ts';
import type { Call, ClassFields, Comment, Document } from '../document.ts';
import { magicViews } from '../magics.ts';
import { readClass } from './classes.ts';
import { collectNames } from './constants.ts';
import { calleeName, type Reader, readArguments } from './values.ts';

const NODE_BUDGET = 300_000;

/** Functions and methods that say something about a training run without keyword arguments. */
const TELLING = new Set([
  'from_pretrained',
  'get_peft_model',
  'prepare_model_for_kbit_training',
  'gradient_checkpointing_enable',
  'half',
  'bfloat16',
  'float',
  'to',
  'train',
]);

/**
 * Parses Python into its calls that have keyword arguments, build a class, or are telling. Reports
 * no problems: the grammar stumbles over valid text (`yield` alone, `0.`), so that an error node
 * proves nothing.
 */
export function parsePython(file: SourceFile): Document {
  const { text } = file;
  const tree = parser.parse(magicViews(text).python);
  const reader: Reader = { text, names: collectNames(tree, text), budget: { left: NODE_BUDGET } };
  const units: (Call | ClassFields)[] = [];
  const comments: Comment[] = [];
  tree.iterate({
    enter(ref) {
      if (ref.name === 'Comment' && text[ref.from] === '#') {
        const body = text.slice(ref.from + 1, ref.to);
        comments.push({ span: span(ref.from, ref.to), text: body });
      } else if (ref.name === 'CallExpression') {
        const call = readCall(ref.node, reader);
        if (call !== undefined) units.push(call);
      } else if (ref.name === 'ClassDefinition') {
        const fields = readClass(ref.node, reader);
        if (fields !== undefined) units.push(fields);
      }
    },
  });
  return { file, units, problems: [], comments };
}

function readCall(node: SyntaxNode, reader: Reader): Call | undefined {
  const callee = node.firstChild;
  const list = node.getChild('ArgList');
  if (callee === null || list === null) return undefined;
  const name = calleeName(callee, reader.text);
  if (name === undefined) return undefined;
  const keywords = list.getChild('AssignOp') !== null || list.getChild('**') !== null;
  if (!keywords && !/^[A-Z]/.test(name) && !TELLING.has(name)) return undefined;
  const last = callee.name === 'MemberExpression' ? (callee.lastChild ?? callee) : callee;
  const target = assignedTo(node, reader.text);
  return {
    kind: 'call',
    span: span(node.from, node.to),
    callee: name,
    calleeSpan: span(last.from, last.to),
    receiver: reader.text.slice(callee.from, last.from).replace(/\s*\.\s*$/, ''),
    ...readArguments(list, reader),
    ...(target === undefined ? {} : { assignedTo: target }),
  };
}

function assignedTo(node: SyntaxNode, text: string): string | undefined {
  const statement = node.parent;
  if (statement?.name !== 'AssignStatement') return undefined;
  const target = statement.firstChild;
  const plain = target?.name === 'VariableName' || target?.name === 'MemberExpression';
  return target !== null && plain ? text.slice(target.from, target.to) : undefined;
}
