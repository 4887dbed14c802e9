import { type SyntaxNode, type Tree, TreeFragment } from '@lezer/common';
import { parser } from '@lezer/python';
import { changeBetween } from '../../text/change.ts';
import type { SourceFile } from '../../text/source-file.ts';
import { type Span, span } from '../../text/span.ts';
import type { Call, ClassFields, Comment, Document, Entry } from '../document.ts';
import { magicViews } from '../magics.ts';
import { argumentsOf, isPlain, type Module, takesArguments } from './arguments.ts';
import { readAttribute, type SetAttribute, withAttributes } from './attributes.ts';
import { deadBodies } from './branches.ts';
import { calleeName } from './callee.ts';
import { readClass } from './classes.ts';
import { commandLine, type Flags } from './command-line.ts';
import type { Declarations } from './declarations.ts';
import { readEnviron } from './environ.ts';
import { isGuarded } from './guard.ts';
import { argumentImports, type Import } from './modules.ts';
import { isInClass, placeOf } from './place.ts';
import { keep, recall, type Survey, survey } from './survey.ts';
import { type Reader, readArguments } from './values.ts';

const STRINGS = new Set(['String', 'FormatString']);

const NODE_BUDGET = 300_000;

/** Functions and methods that say something about a training run without keyword arguments. */
const TELLING = new Set([
  'from_pretrained',
  'get_peft_model',
  'add_adapter',
  'prepare_model_for_kbit_training',
  'gradient_checkpointing_enable',
  'half',
  'bfloat16',
  'float',
  'to',
  'train',
  'set_training',
  'set_evaluate',
  'set_testing',
  'set_save',
  'set_logging',
  'set_push_to_hub',
  'set_optimizer',
  'set_lr_scheduler',
  'set_dataloader',
]);

/** Functions that cast what they are given. */
export const CASTING = /^_*(?:up)?cast(?:_|[A-Z])/;

/** Nodes that may set a variable of the environment. */
const SETTERS = new Set(['CallExpression', 'AssignStatement']);

/**
 * Parses Python into its calls that have keyword arguments, build a class, or are telling. Reports
 * no problems: the grammar stumbles over valid text (`yield` alone, `0.`), so that an error node
 * proves nothing. One that a command starts may be open as well, or was started before: it is not parsed again.
 */
export function parsePython(file: SourceFile, before?: Document, program: Program = {}): Document {
  const { text: source } = file;
  const imports = argumentImports(source);
  const declares = takesArguments(source, imports.length > 0);
  const modules = declares ? imports.flatMap((one) => moduleOf(one, program)) : [];
  const document = (seen: Survey) => documentOf(file, seen, modules, program.flags);
  const known = program.flags && recall(source, declares);
  if (known !== undefined) return kept(document(known), known);
  const text = magicViews(source).python;
  const tree = before && grownTree(before, text);
  const grown = tree && survey(source, text, tree, declares);
  const read = grown && document(grown);
  if (grown && read?.isWhole) return kept(read, grown);
  const fresh = survey(source, text, parser.parse(text), declares);
  return kept(document(fresh), fresh);
}

/** What is known of a program beside its text. */
export interface Program {
  /** Those that a command gives to it. */
  readonly flags?: Flags;
  /** The text of a module, by its path from the folder of the program. */
  readonly module?: (path: string) => string | undefined;
}

function moduleOf({ path, names: imported }: Import, { module }: Program): readonly Module[] {
  const source = module?.(path);
  if (source === undefined || !isPlain(source)) return [];
  const seen = recall(source, true) ?? survey(source, source, parser.parse(source), true);
  const { text, names, declared } = keep(seen);
  return declared === undefined ? [] : [{ text, names, declared, imported }];
}

const surveys = new WeakMap<Document, Survey>();

function kept({ document }: Read, seen: Survey): Document {
  surveys.set(document, keep(seen));
  return document;
}

/** What the text of a document declares of arguments; `undefined` for one that is no Python. */
export function declarationsOf(document: Document): Declarations | undefined {
  const seen = surveys.get(document);
  return seen && (seen.declared ?? survey(seen.source, seen.text, seen.tree, true).declared);
}

/**
 * The tree of `text`, made from that of an earlier text. Where it is not whole it may differ from what
 * is read anew: what the grammar stumbles over it can take in several ways.
 */
function grownTree(before: Document, text: string): Tree | undefined {
  const seen = surveys.get(before);
  const change = seen && changeBetween(seen.text, text);
  if (seen === undefined || change === undefined) return seen?.tree;
  const { start, end, by } = change;
  const range = { fromA: start, toA: end, fromB: start, toB: end + by };
  const fragments = TreeFragment.applyChanges(TreeFragment.addTree(seen.tree), [range]);
  return parser.parse(text, fragments);
}

/** What a tree says. */
interface Read {
  readonly document: Document;
  /** The grammar stumbled over nothing. */
  readonly isWhole: boolean;
}

function documentOf(
  file: SourceFile,
  { tree, names, declared }: Survey,
  modules: readonly Module[],
  flags: Flags | undefined,
): Read {
  const { text } = file;
  let isWhole = true;
  const reader: Reader = {
    text,
    names,
    line: commandLine(declared && argumentsOf(declared, modules), flags),
    budget: { left: NODE_BUDGET },
  };
  const dead = deadBodies(tree, reader);
  const units: (Call | ClassFields)[] = [];
  const comments: Comment[] = [];
  const env: Entry[] = [];
  const attributes: SetAttribute[] = [];
  const unbroken: Span[] = [];
  const sets = text.includes('environ') || text.includes('putenv');
  tree.iterate({
    enter(ref) {
      if (ref.type.isError) isWhole = false;
      if (ref.name === 'Body' && (isDead(ref.node, text) || dead.has(ref.from))) return false;
      if (ref.name === 'Comment' && text[ref.from] === '#') {
        const body = text.slice(ref.from + 1, ref.to);
        comments.push({ span: span(ref.from, ref.to), text: body });
      } else if (STRINGS.has(ref.name)) {
        if (text.slice(ref.from, ref.to).includes('\n')) unbroken.push(span(ref.from, ref.to));
      } else if (ref.name === 'CallExpression') {
        const call = readCall(ref.node, reader);
        if (call !== undefined) units.push(call);
      } else if (ref.name === 'ClassDefinition') {
        const fields = readClass(ref.node, reader);
        if (fields !== undefined) units.push(fields);
      }
      if (ref.name === 'AssignStatement') {
        const attribute = readAttribute(ref.node, text);
        if (attribute !== undefined) attributes.push(attribute);
      }
      const set = sets && SETTERS.has(ref.name) ? readEnviron(ref.node, reader) : undefined;
      if (set !== undefined) env.push(set);
    },
  });
  const own = env.length === 0 ? {} : { env };
  const whole = withAttributes(units, attributes);
  const document = { file, units: whole, problems: [], comments, unbroken, ...own };
  return { document, isWhole };
}

/**
 * `if False:` holds what is not run: an alternative that a notebook shows. `with pytest.raises(...):` holds
 * what is wrong on purpose.
 */
function isDead(body: SyntaxNode, text: string): boolean {
  const { parent } = body;
  if (parent?.name === 'WithStatement')
    return /\b(?:pytest\.raises|assertRaises\w*)\s*\(/.test(text.slice(parent.from, body.from));
  if (parent?.name !== 'IfStatement') return false;
  const test = body.prevSibling;
  return test?.name === 'Boolean' && text.slice(test.from, test.to) === 'False';
}

function readCall(node: SyntaxNode, reader: Reader): Call | undefined {
  const callee = node.firstChild;
  const list = node.getChild('ArgList');
  if (callee === null || list === null) return undefined;
  const name = calleeName(callee, reader.text);
  if (name === undefined) return undefined;
  const keywords = list.getChild('AssignOp') !== null || list.getChild('**') !== null;
  const telling = TELLING.has(name) || CASTING.test(name) || takesDtype(list, reader.text);
  if (!keywords && !/^[A-Z]/.test(name) && !telling) return undefined;
  const last = callee.name === 'MemberExpression' ? (callee.lastChild ?? callee) : callee;
  const target = assignedTo(node, reader.text);
  return {
    kind: 'call',
    span: span(node.from, node.to),
    callee: name,
    calleeSpan: span(last.from, last.to),
    receiver: withoutDot(reader.text.slice(callee.from, last.from)),
    ...readArguments(list, reader),
    ...(target === undefined ? {} : { assignedTo: target }),
    ...(target !== undefined && isInClass(node) ? { ofClass: true } : {}),
    ...placeOf(node),
    ...(isGuarded(node, name, reader) ? { guarded: true } : {}),
  };
}

/** What a method is called on. A chain of calls is as long as its text: only the end is looked at. */
function withoutDot(owner: string): string {
  const plain = owner.trimEnd();
  return plain.endsWith('.') ? plain.slice(0, -1).trimEnd() : owner;
}

/** Whether a call is given a dtype of torch by its place. */
function takesDtype(list: SyntaxNode, text: string): boolean {
  const named = list.getChildren('MemberExpression');
  return named.some(({ from, to }) => /^torch\.(?:b?float|half)/.test(text.slice(from, to)));
}

/** The variable that a call is assigned to, or what a method of its result gives: `load(…).to(device)`. */
function assignedTo(node: SyntaxNode, text: string): string | undefined {
  const statement = node.parent;
  const method = statement?.name === 'MemberExpression' ? statement.parent : null;
  if (method?.name === 'CallExpression') return assignedTo(method, text);
  if (statement?.name !== 'AssignStatement') return undefined;
  const target = statement.firstChild;
  const plain = target?.name === 'VariableName' || target?.name === 'MemberExpression';
  return target !== null && plain ? text.slice(target.from, target.to) : undefined;
}
