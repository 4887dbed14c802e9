import type { CST, Document as YamlDocument } from 'yaml';
import { lazy } from '../../text/lazy.ts';
import type { SourceFile } from '../../text/source-file.ts';
import { type Span, span } from '../../text/span.ts';
import { blank } from '../blank.ts';
import type { Comment, Document, MapNode, Mapping, SyntaxProblem } from '../document.ts';
import type { Fault } from '../fault.ts';
import { compose } from './compose.ts';
import { yamlFault } from './faults.ts';
import { readDocument } from './nodes.ts';
import { piecesOf } from './tokens.ts';

/** The tokens of a longer text are not kept for the question of its comments. */
const LONG = 64 * 1024;

/** Parses YAML into one mapping for each document; half-typed lines give what can be read. */
export function parseYaml(file: SourceFile): Document {
  const { tokens, documents, problems, fault, template = false } = composeRepaired(file.text);
  const units: Mapping[] = [];
  for (const document of documents) {
    const root = readDocument(document, file.text, problems);
    if (root !== undefined)
      units.push({ kind: 'mapping', span: unitSpan(document, root, file.text.length), root });
  }
  const comments = lazy(() => yamlComments(tokens));
  if (file.text.length > LONG) comments();
  return {
    ...{ file, units, problems },
    get comments() {
      return comments();
    },
    ...(fault && { fault }),
    ...(template && { template }),
  };
}

function unitSpan(document: YamlDocument, root: MapNode, length: number): Span {
  const [start, , end] = document.range ?? [root.span.start, 0, root.span.end];
  return span(Math.min(start, root.span.start), Math.max(Math.min(end, length), root.span.end));
}

interface Composed {
  readonly tokens: readonly CST.Token[];
  readonly documents: readonly YamlDocument[];
  readonly problems: SyntaxProblem[];
  /** What the text as it is written fails on. */
  readonly fault?: Fault | undefined;
  readonly template?: boolean;
}

const MAX_ROUNDS = 3;
/** Composes the text; a letter that spoils all lines behind it is masked and reported. */
function composeRepaired(text: string): Composed {
  const source = maskTemplates(text);
  const composed = composeMasked(source);
  // A template is filled in before it is loaded, and an excerpt is not loaded at all.
  const loaded = source === text && !EXCERPT.test(text);
  const known = loaded ? composed : { ...composed, fault: undefined };
  // In a block of text they are no lines of the template, and nothing is wrong with them.
  if (composed.problems.length === 0 || !text.includes('{%')) return known;
  const plain = withoutControl(source);
  return plain === source ? known : { ...composeMasked(plain), fault: undefined, template: true };
}

/** A line of dots: lines are left out. A prompt and a command above it all: what a terminal printed. */
const EXCERPT = /^[ \t]*(?:\.{2,}|…+)[ \t]*(?:#.*)?\r?$|^\S*\$ \w/m;

function composeMasked(text: string): Composed {
  let source = text;
  const masked: SyntaxProblem[] = [];
  let fault: Fault | undefined;
  for (let round = 0; ; round++) {
    const composed = compose(source);
    const { tokens, documents } = composed;
    if (round === 0) fault = yamlFault(source, composed);
    const problems = documents.flatMap((d) => d.errors).map((e) => problemOf(e, text.length));
    const mask = round < MAX_ROUNDS ? findMask(documents, source) : undefined;
    if (mask === undefined) return { tokens, documents, fault, problems: [...masked, ...problems] };
    masked.push({ span: span(mask.at, mask.at + 1), message: mask.message });
    source = source.slice(0, mask.at) + mask.filler + source.slice(mask.at + 1);
  }
}

interface YamlFault {
  readonly pos: readonly [number, number];
  readonly code: string;
  readonly message: string;
}

function problemOf({ pos, message }: YamlFault, length: number): SyntaxProblem {
  const start = Math.min(pos[0], length);
  const end = Math.max(start, Math.min(pos[1], length));
  const deep = message.includes('call stack');
  return { span: span(start, end), message: deep ? 'nested too deeply to read' : message };
}

interface Mask {
  readonly at: number;
  readonly filler: string;
  readonly message: string;
}

/** An unclosed quote, or the second colon of `key: a: b`, each of which swallows later lines. */
function findMask(documents: readonly YamlDocument[], source: string): Mask | undefined {
  for (const { code, message, pos } of documents.flatMap((d): YamlFault[] => d.errors)) {
    if (code === 'MISSING_CHAR' && message.includes('quote')) {
      const at = oddQuote(source);
      if (at !== undefined) return { at, filler: ' ', message: 'unclosed quote' };
    }
    if (code === 'BLOCK_AS_IMPLICIT_KEY') {
      const rest = source.slice(pos[0], endOfLine(source, pos[0]));
      const colon = /:(?=\s|$)/.exec(rest);
      if (colon !== null) {
        return { at: pos[0] + colon.index, filler: '_', message: 'a second ": " in one value' };
      }
    }
  }
  return undefined;
}

/** The first value that opens with a quote which its line does not close. */
function oddQuote(source: string): number | undefined {
  const opening = /(?:^|[:\-[{,][ \t]+|[[{,])(["'])/gm;
  for (const match of source.matchAll(opening)) {
    const at = match.index + match[0].length - 1;
    if (!closesOnLine(source, at)) return at;
  }
  return undefined;
}

/** Whether the quote at `at` has its end on the same line. */
function closesOnLine(source: string, at: number): boolean {
  const quote = source[at];
  for (let i = at + 1; i < source.length && source[i] !== '\n'; i++) {
    if (quote === '"' && source[i] === '\\' && source[i + 1] !== '\n') i++;
    else if (quote === "'" && source.startsWith("''", i)) i++;
    else if (source[i] === quote) return true;
  }
  return false;
}

function endOfLine(source: string, from: number): number {
  const newline = source.indexOf('\n', from);
  return newline < 0 ? source.length : newline;
}

const COMMENT: ReadonlySet<string> = new Set(['comment']);

function yamlComments(tokens: readonly CST.Token[]): Comment[] {
  return piecesOf(tokens, COMMENT).map(({ offset, source }) => {
    const text = source.endsWith('\r') ? source.slice(0, -1) : source;
    return { span: span(offset, offset + text.length), text: text.slice(1) };
  });
}

/** `key: {{ name | default(2) }}` of a template is no mapping: its braces become letters. */
function maskTemplates(text: string): string {
  if (!text.includes('{{')) return text;
  return text.replace(/\{\{(?<=[:-][ \t]+\{\{)(?:(?!\{\{).)*?\}\}/g, (found) =>
    '_'.repeat(found.length),
  );
}

/** Lines such as `{% for %}`, and what an `{% else %}` has in place of the lines above it. */
const CONTROL =
  /^[ \t]*\{%-?[ \t]*(?:else|elif)\b(?:(?!^[ \t]*\{%-?[ \t]*endif\b)[\s\S])*|^[ \t]*\{%.*%\}[ \t]*\r?$/gm;

/** The text without the lines by which a template decides which others there are. */
function withoutControl(text: string): string {
  return text.replace(CONTROL, blank);
}
