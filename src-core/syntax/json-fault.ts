import { type Phrase, say } from '../text/message.ts';
import { span } from '../text/span.ts';
import type { Fault } from './fault.ts';
import { lineEnd } from './patch/lines.ts';

// What Python's json reads (3.11, json/decoder.py and json/scanner.py): NaN and Infinity, no tab in a string.
const BLANK = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null|NaN|-?Infinity/y;
const WORD = /[A-Za-z_]\w*/y;

/** What may come next. */
type Next = 'value' | 'key' | 'colon' | 'comma';

/** The first place in a text that Python's `json` stops at. */
export function jsonFault(text: string): Fault | undefined {
  const open: number[] = [];
  let next: Next = 'value';
  let comma: number | undefined;
  let opened = false;
  for (let at = 0; ; ) {
    at = behind(BLANK, text, at) ?? at;
    const letter = text[at];
    const inside = open.at(-1);
    const object = inside !== undefined && text[inside] === '{';
    const closes = inside !== undefined && letter === (object ? '}' : ']');
    if (inside === undefined && next === 'comma' && letter === undefined) return undefined;
    if (inside !== undefined && letter === undefined)
      return one(inside, say`the bracket is not closed`);
    if (closes && comma !== undefined)
      return { ...one(comma, say`a comma stands before the closing bracket`), local: true };
    comma = undefined;
    if (closes && (opened || next === 'comma')) {
      open.pop();
      next = 'comma';
      at++;
    } else if (next === 'comma' && inside !== undefined && letter === ',') {
      comma = at++;
      next = object ? 'key' : 'value';
    } else if (next === 'colon' && letter === ':') {
      next = 'value';
      at++;
    } else if (next === 'value' && (letter === '{' || letter === '[')) {
      open.push(at++);
      next = letter === '{' ? 'key' : 'value';
      opened = true;
      continue;
    } else {
      const end = next === 'key' || next === 'value' ? wordEnd(text, at, next) : undefined;
      if (end === undefined)
        return inside === undefined && next === 'comma' ? one(at, OTHER) : stop(text, at, next);
      at = end;
      next = next === 'key' ? 'colon' : 'comma';
    }
    opened = false;
  }
}

/** The offset behind what a pattern finds at `at`. */
function behind(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function wordEnd(text: string, at: number, next: 'key' | 'value'): number | undefined {
  const string = behind(STRING, text, at);
  if (string !== undefined) return text[string] === '"' ? string + 1 : undefined;
  return next === 'value' ? behind(SCALAR, text, at) : undefined;
}

const one = (at: number, why: Phrase): Fault => ({ span: span(at, at + 1), why });

/** Why nothing can be read at `at`. */
function stop(text: string, at: number, next: Next): Fault {
  const letter = text[at];
  if (/^(?:\/[/*]|#)/.test(text.slice(at, at + 2)))
    return {
      span: span(at, lineEnd(text, at)),
      why: say`JSON has no comments`,
      local: letter === '/',
    };
  if (next === 'comma' || next === 'colon') {
    const mark =
      next === 'comma' ? say`a comma is missing before this` : say`a colon is missing before this`;
    return one(at, /[\s"}\]]/.test(text[at - 1] ?? '') ? mark : OTHER);
  }
  if (letter === undefined) return { span: span(at, at), why: say`the file is empty` };
  if (letter === '"') return inString(text, at);
  if (letter === "'") return one(at, say`JSON has double quotes only`);
  const end = behind(WORD, text, at);
  if (end === undefined) return one(at, OTHER);
  const name = text.slice(at, end);
  return { span: span(at, end), why: say`\`${name}\` is nothing that JSON knows without quotes` };
}

const OTHER = say`this cannot stand here`;

/** What is wrong in the string at `at`. */
function inString(text: string, at: number): Fault {
  const end = behind(STRING, text, at) ?? at;
  const two = text.slice(end, end + 2);
  if (text[end] === '\\')
    return { span: span(end, end + 2), why: say`\`${two}\` is no escape in JSON` };
  if (text[end] === undefined || text[end] === '\n' || text[end] === '\r')
    return one(at, say`the quote is not closed`);
  return one(end, say`a control character stands here`);
}
