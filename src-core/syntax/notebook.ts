import type { SourceFile } from '../text/source-file.ts';
import { type Span, span } from '../text/span.ts';
import type { MapNode, Node, ScalarNode } from './document.ts';
import { CELL_BREAK } from './magics.ts';
import { parseDocument } from './parse.ts';

/** The code of a notebook, and where it stands in the file. */
export interface Notebook {
  /** The code cells as one Python text; see `magicViews` for what is not Python in it. */
  readonly code: SourceFile;
  /** The place in the file of a place in the code. */
  toFile(place: Span): Span;
  /** Code as it has to be written into the strings of the file. */
  escape(code: string): string;
}

/** Whether the file is a Jupyter notebook: JSON, as far as an editor is concerned. */
export function isNotebook({ path, language }: SourceFile): boolean {
  return language === 'json' && /\.ipynb$/i.test(path);
}

/** Reads a notebook (nbformat 4); `undefined` where the JSON holds no cells. */
export function readNotebook(file: SourceFile): Notebook | undefined {
  const root = parseDocument(file).units[0];
  const cells = root?.kind === 'mapping' ? member(root.root, 'cells') : undefined;
  if (cells?.kind !== 'list') return undefined;
  const code: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (const strings of cells.items.flatMap(sourceOf)) {
    if (strings.length === 0) continue;
    for (const { span: where } of strings) readString(file.text, where, code, starts, ends);
    const last = ends.at(-1) ?? 0;
    for (const char of CELL_BREAK) {
      code.push(char);
      starts.push(last);
      ends.push(last);
    }
  }
  const text = code.join('');
  return {
    code: { path: file.path, language: 'python', text },
    toFile: ({ start, end }) => {
      const from = starts[start] ?? ends.at(-1) ?? 0;
      return span(from, end > start ? (ends[end - 1] ?? from) : from);
    },
    escape: (written) => JSON.stringify(written).slice(1, -1),
  };
}

function member(map: MapNode, key: string): Node | undefined {
  return map.entries.findLast((entry) => entry.key === key)?.value;
}

/** The strings that a code cell's source consists of: nbformat has one, or one for each line. */
function sourceOf(cell: Node): readonly (readonly ScalarNode[])[] {
  if (cell.kind !== 'map') return [];
  const type = member(cell, 'cell_type');
  const source = member(cell, 'source');
  if (type?.kind !== 'scalar' || type.text !== 'code' || source === undefined) return [];
  const nodes = source.kind === 'list' ? source.items : [source];
  return [nodes.filter((node) => node.kind === 'scalar' && node.quoted) as ScalarNode[]];
}

/** Appends the characters of one JSON string, each with its place in the file. */
function readString(
  text: string,
  { start, end }: Span,
  code: string[],
  starts: number[],
  ends: number[],
): void {
  for (let at = start + 1; at < end - 1; ) {
    const length = text[at] !== '\\' ? 1 : text[at + 1] === 'u' ? 6 : 2;
    const raw = text.slice(at, at + length);
    code.push(length === 1 ? raw : unescaped(raw));
    starts.push(at);
    at += length;
    ends.push(at);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: ' ',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** One escape as one character; a form feed would be taken for the end of the cell. */
function unescaped(raw: string): string {
  const kind = raw[1] ?? '';
  if (kind === 'u') return String.fromCharCode(Number.parseInt(raw.slice(2), 16) || 0xfffd);
  return ESCAPES[kind] ?? kind;
}
