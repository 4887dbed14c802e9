import type { Node } from '../syntax/document.ts';
import type { KeySpec } from './schema.ts';

/** `__LR__`, `@LR@`, `%LR%`, `<LR>`, `$LR` and `{{ lr }}`: what a program puts a value in place of. */
const PLACEHOLDER =
  /^(?:__[\d_]*[A-Za-z]\w*__|@[A-Za-z]\w*@|%[A-Za-z]\w*%|<[A-Za-z][\w .-]*>|\$[A-Za-z_]\w*)$|\{\{(?:(?!\{\{).)*\}\}/s;

/** Whether a text is a template's, to be filled in before it is read. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Whether a value of a key is left to a template: a text may be meant as it stands, a number may not. */
export function isFilledIn(node: Node, { kinds, choices, choicesOpen }: KeySpec): boolean {
  if (node.kind !== 'scalar' || !isPlaceholder(node.text)) return false;
  const open = choices === undefined || choicesOpen === true;
  return !kinds.some((kind) => kind === 'any' || (kind === 'string' && open));
}

/** What stands for a value that a template fills in. */
export function unfilled(node: Node): Node {
  const text = node.kind === 'scalar' ? node.text : '';
  return { kind: 'opaque', span: node.span, text, why: 'interpolation' };
}
