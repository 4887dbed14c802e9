import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import type { Analysis } from '../analyze.ts';
import type { Section } from '../frameworks/framework.ts';
import type { MapNode, Node } from '../syntax/document.ts';
import { contains, type Span, span } from '../text/span.ts';

/** A place where a new key may be typed. */
export interface KeyPlace {
  /** Absent where no run is recognised yet. */
  readonly run?: AnalyzedRun;
  readonly section: Section;
  /** The word that the caret stands in, an opening quote with it. */
  readonly word: Span;
}

/** The word at `offset` of which `letter` says what may stand in it. */
export function wordAt(text: string, offset: number, letter: RegExp): Span {
  let [start, end] = [offset, offset];
  while (start > 0 && letter.test(text[start - 1] ?? '')) start--;
  while (letter.test(text[end] ?? '')) end++;
  return span(start, end);
}

/** Where a new key could stand in a command, a call or JSON: in the innermost section around `offset`. */
export function keyPlace({ file, runs }: Analysis, offset: number): KeyPlace | undefined {
  const { text, path } = file;
  let best: (KeyPlace & { readonly run: AnalyzedRun; readonly reach: Span }) | undefined;
  for (const run of runs)
    for (const section of run.recognized.sections) {
      if (section.file !== path || section.implied === true) continue;
      const word = wordAt(text, offset, LETTER[section.unit.kind] ?? /[\w-]/);
      const reach = legalReach(run, section, text, word.start);
      if (reach === undefined || !contains(reach, word.start)) continue;
      if (best === undefined || isNearer(best, section, reach))
        best = { run, section, word, reach };
    }
  return best?.section.unit.kind === 'mapping' ? quoted(best, text) : best;
}

const LETTER: { readonly [kind: string]: RegExp } = { command: /[\w.-]/, call: /\w/ };

/** A key of JSON with the quotes that it has. */
function quoted(
  { run, section, word: { start, end } }: KeyPlace & { readonly run: AnalyzedRun },
  text: string,
): KeyPlace {
  const open = text[start - 1] === '"' ? 1 : 0;
  const close = open === 1 && text[end] === '"' ? 1 : 0;
  return { run, section, word: span(start - open, end + close) };
}

/** Of parts that reach equally far, as those of one command do, the outermost. */
function isNearer(best: KeyPlace & { readonly reach: Span }, { path }: Section, reach: Span) {
  const closer = size(best.reach) - size(reach);
  return closer > 0 || (closer === 0 && path.length <= best.section.path.length);
}

const size = ({ start, end }: Span): number => end - start;

/** The text in which a key of the section may be typed; `undefined` where none may at `start`. */
function legalReach(run: AnalyzedRun, section: Section, text: string, start: number) {
  const { unit, path, entries } = section;
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (unit.kind === 'command')
    return /(?:^|\s)$/.test(line) ? commandReach(run, section, text, start) : undefined;
  if (unit.kind === 'class' || entries.some(({ value }) => holds(value, start))) return undefined;
  if (unit.kind === 'call') return /[(,]\s*$|^\s*$/.test(line) ? unit.span : undefined;
  if (section.document.file.language !== 'json') return undefined;
  const map = mapAt(unit.root, path);
  const begun = map && /[{,]\s*"?$/.test(text.slice(map.span.start, start));
  return begun ? map.span : undefined;
}

/** Whether the place is inside a mapping or a list that is a value: keys of its own stand there. */
function holds({ kind, span: { start, end } }: Node, at: number): boolean {
  return (kind === 'map' || kind === 'list') && start < at && at < end;
}

/** From behind the program to the end of the command, and on to where the next word may stand. */
function commandReach(
  { recognized: { grip } }: AnalyzedRun,
  { unit, reach, file }: Section,
  text: string,
  start: number,
): Span | undefined {
  const named = grip.file === file && contains(unit.span, grip.span.end);
  const { start: from, end } =
    reach ?? span(named ? grip.span.end : unit.span.start, unit.span.end);
  if (start < from) return undefined;
  return /^(?:[ \t]|\\\r?\n)*$/.test(text.slice(end, start))
    ? span(from, Math.max(end, start))
    : undefined;
}

function mapAt(root: MapNode, path: readonly string[]): MapNode | undefined {
  let node: Node | undefined = root;
  for (const key of path) {
    if (node?.kind !== 'map') return undefined;
    const { entries }: MapNode = node;
    node = entries.findLast((entry) => entry.key === key)?.value;
  }
  return node?.kind === 'map' ? node : undefined;
}
