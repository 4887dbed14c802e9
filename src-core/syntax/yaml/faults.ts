import { say } from '../../text/message.ts';
import { span } from '../../text/span.ts';
import { CONTROL_CHARACTER, type Fault } from '../fault.ts';
import { lineEnd, lineStart } from '../patch/lines.ts';
import { type Composed, compose } from './compose.ts';
import { joinedIn, type OpenEnd, openBracket, openQuote } from './open-ends.ts';
import { type TokenFault, tokenFaults } from './token-faults.ts';

/** An error of the parser. */
interface YamlError {
  readonly pos: readonly [number, number];
  readonly code: string;
  readonly message: string;
}

/** How many quotes and brackets over several lines are followed: fewer in a long text, which is composed for each. */
const MAX_ROUNDS = 20;
const MOST_COMPOSED = 200_000;
/** The first fault is among the first errors; one line may hold any number. */
const MOST_ERRORS = 100;

/**
 * The first thing in a text that PyYAML's safe loader stops at. Where the parser is stricter than PyYAML
 * that is passed over, and what the parser takes and PyYAML does not is looked for.
 */
export function yamlFault(text: string, composed: Composed): Fault | undefined {
  let source = text;
  let now = composed;
  const quotes: OpenEnd[] = [];
  const rounds = Math.min(MAX_ROUNDS, Math.ceil(MOST_COMPOSED / (text.length + 1)));
  for (let round = 0; round < rounds; round++) {
    const open = firstOpen(source, now);
    if (open === undefined) break;
    const { start, end, quote } = open;
    if (end === undefined)
      return shown(
        text,
        earliest([
          { at: start, length: 1, why: quote ? QUOTE : BRACKET },
          ...faultsOf(source, now),
        ]),
      );
    if (quote) quotes.push(open);
    source = joinedIn(source, start, end);
    now = compose(source);
  }
  const first = earliest(faultsOf(source, now));
  if (first === undefined) return undefined;
  const before = quotes.find(({ end = 0 }) => end <= first.at && first.at <= lineEnd(text, end));
  return shown(text, before ? { at: before.start, length: 1, why: QUOTE } : first);
}

const QUOTE = say`the quote is not closed`;
const BRACKET = say`the bracket is not closed`;

/** The first quote or bracket whose end the parser did not find. */
function firstOpen(text: string, composed: Composed): OpenEnd | undefined {
  for (const { code, message, pos } of errorsOf(composed)) {
    const found =
      code === 'MISSING_CHAR' && message.includes('quote')
        ? openQuote(text, composed, pos[0])
        : code === 'BAD_INDENT' && message.startsWith('Flow ')
          ? openBracket(text, composed, pos[0])
          : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function errorsOf({ documents }: Composed): readonly YamlError[] {
  return documents.flatMap((one): readonly YamlError[] => one.errors);
}

function earliest(faults: readonly TokenFault[]): TokenFault | undefined {
  const [first, ...others] = faults;
  return first && others.reduce((least, one) => (one.at < least.at ? one : least), first);
}

function faultsOf(text: string, composed: Composed): readonly TokenFault[] {
  const errors = errorsOf(composed).slice(0, MOST_ERRORS);
  const found = errors.flatMap((error) => faultOf(error, text) ?? []);
  const second = composed.documents[1]?.range?.[0];
  if (second !== undefined)
    found.push({ at: second, length: 3, why: say`a second document begins here` });
  const control = CONTROL_CHARACTER.exec(text);
  if (control !== null)
    found.push({ at: control.index, length: 1, why: say`a control character stands here` });
  return [...found, ...tokenFaults(text, composed.tokens)];
}

/** The fault with its place on one line; a line that is wrong as a whole is underlined as a whole. */
function shown(text: string, fault: TokenFault | undefined): Fault | undefined {
  if (fault === undefined) return undefined;
  const { at, length, why, local } = fault;
  const start = Math.min(at, text.length);
  const end = Math.min(start + length, lineEnd(text, start));
  return { span: span(start, end), why, ...(local && { local }) };
}

const CONFLICT = /^(?:<{7}|={7}|>{7})(?: |$)/;

function faultOf(error: YamlError, text: string): TokenFault | undefined {
  const { code, message } = error;
  const at = Math.min(error.pos[0], text.length);
  const begin = lineStart(text, at);
  const line = text.slice(begin, lineEnd(text, at));
  const whole = { at: begin + indentOf(line), length: line.trim().length };
  if (CONFLICT.test(line)) return { ...whole, why: say`a mark of a merge conflict` };
  switch (code) {
    case 'TAB_AS_INDENT':
      return undefined;
    case 'BAD_INDENT':
      // PyYAML takes brackets that are closed further left.
      return message.startsWith('Flow ') ? undefined : { ...whole, why: INDENT };
    case 'MULTILINE_IMPLICIT_KEY':
      return { ...whole, why: NO_KEY, local: true };
    case 'MISSING_CHAR':
      if (message.includes('quote')) return undefined;
      return message.startsWith('Implicit map keys')
        ? { ...whole, why: NO_KEY, local: true }
        : { at, length: 1, why: OTHER };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return nestedKey(text, at);
    case 'BAD_DQ_ESCAPE':
      return {
        at,
        length: 2,
        why: say`\`${text.slice(at, at + 2)}\` is no escape in double quotes`,
      };
    case 'BAD_SCALAR_START':
      return {
        at,
        length: 1,
        why: say`no value begins with ${asCode(text.slice(at, at + 1))}, but in quotes`,
      };
    default:
      return { at, length: Math.max(1, error.pos[1] - at), why: OTHER };
  }
}

const INDENT = say`the line is indented as none above it`;
const NO_KEY = say`the line is no \`key: value\``;
const OTHER = say`this cannot stand here`;

/** A letter as code, a backtick too. */
function asCode(letter: string): string {
  return letter === '`' ? '`` ` ``' : `\`${letter}\``;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** `a: b: c`, or a key below a value. */
function nestedKey(text: string, at: number): TokenFault {
  if (text[at] === '?') return { at, length: 1, why: OTHER };
  const end = lineEnd(text, at);
  const colon = /:(?=\s|$)/.exec(text.slice(at, end));
  if (colon !== null)
    return { at: at + colon.index, length: 1, why: say`a second \`: \` in one value`, local: true };
  const next = /\S/.exec(text.slice(end));
  const below = end + (next?.index ?? 0);
  const length = lineEnd(text, below) - below;
  return { at: below, length, why: say`a key is indented below a value` };
}
