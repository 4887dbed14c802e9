import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import type { Analysis } from '../analyze.ts';
import type { Section } from '../frameworks/framework.ts';
import type { KeySpec } from '../frameworks/schema.ts';
import { defaultWords, specCard } from '../hover/key-card.ts';
import type { MapNode, Node } from '../syntax/document.ts';
import { contains, type Span, span } from '../text/span.ts';
import type { Completion } from './completion.ts';

interface KeyPlace {
  readonly run: AnalyzedRun;
  readonly section: Section;
  /** What is typed of the key so far, an opening quote with it. */
  readonly typed: Span;
}

/** The keys that may be typed at `offset` and are not written yet. */
export function keysAt(analysis: Analysis, offset: number): readonly Completion[] {
  const place = keyPlace(analysis, offset);
  return place === undefined ? [] : keys(place, analysis.file.text);
}

/** Where a new key could stand at `offset`: in the innermost of all sections around it. */
function keyPlace({ file, runs }: Analysis, offset: number): KeyPlace | undefined {
  const { text, path } = file;
  let start = offset;
  while (start > 0 && /[\w-]/.test(text[start - 1] ?? '')) start--;
  let best: (KeyPlace & { readonly reach: Span }) | undefined;
  for (const run of runs)
    for (const section of run.recognized.sections) {
      if (section.file !== path || section.implied === true) continue;
      const reach = legalReach(section, text, start);
      if (reach === undefined || !contains(reach, start)) continue;
      if (best === undefined || isNearer(best, section, reach))
        best = { run, section, typed: span(start, offset), reach };
    }
  if (best === undefined || best.section.document.file.language !== 'json') return best;
  const open = text[start - 1] === '"' ? 1 : 0;
  const close = open === 1 && text[offset] === '"' ? 1 : 0;
  return { ...best, typed: span(start - open, offset + close) };
}

/** Of parts that reach equally far, as those of one command do, the outermost. */
function isNearer(best: KeyPlace & { readonly reach: Span }, { path }: Section, reach: Span) {
  const closer = size(best.reach) - size(reach);
  return closer > 0 || (closer === 0 && path.length <= best.section.path.length);
}

const size = ({ start, end }: Span): number => end - start;

/** The text in which a key of the section may be typed; `undefined` where none may at `start`. */
function legalReach(section: Section, text: string, start: number): Span | undefined {
  const { unit, path } = section;
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (unit.kind === 'command') {
    const whole = section.reach ?? span(unit.span.start, unit.span.end + 2);
    return /(?:^|\s)$/.test(line) ? whole : undefined;
  }
  if (unit.kind === 'call') return /[(,]\s*$|^\s*$/.test(line) ? unit.span : undefined;
  if (unit.kind === 'class') return undefined;
  const map = nodeAt(unit.root, path);
  if (map === undefined) return undefined;
  if (section.document.file.language === 'json')
    return /[{,]\s*"?$/.test(text.slice(map.span.start, start)) ? map.span : undefined;
  return yamlReach(map, text, line, start);
}

function nodeAt(root: MapNode, path: readonly string[]): MapNode | undefined {
  let node: Node | undefined = root;
  for (const key of path) {
    if (node?.kind !== 'map') return undefined;
    const { entries }: MapNode = node;
    node = entries.findLast((entry) => entry.key === key)?.value;
  }
  return node?.kind === 'map' ? node : undefined;
}

/** A block mapping reaches from its first key to where a line stands further left. */
function yamlReach(map: MapNode, text: string, line: string, start: number): Span | undefined {
  const first = map.entries[0]?.keySpan.start ?? 0;
  const margin = first - (text.lastIndexOf('\n', first - 1) + 1);
  const block = /^ *$/.test(text.slice(first - margin, first));
  if (!block || line.length !== margin || line.trim() !== '') return undefined;
  if (margin === 0) return span(0, text.length);
  if (start < first) return undefined;
  const between = text.slice(first, start).split('\n').slice(1, -1);
  const left = between.some((one) => one.trim() !== '' && one.search(/\S/) < margin);
  return left ? undefined : span(first, Math.max(map.span.end, start));
}

function keys({ run, section, typed }: KeyPlace, text: string): readonly Completion[] {
  const written = writtenKeys(run, section, typed);
  const fields = new Set(Object.values(run.recognized.adapter.fields));
  return section.scope.keys
    .all()
    .filter((spec) => !written.has(spec.name) && spec.until === undefined && !spec.rare)
    .map((spec) => ({
      label: spec.name,
      kind: 'key' as const,
      detail: defaultWords(spec),
      documentation: specCard(spec, section.scope),
      edit: { span: typed, text: keyText(section, spec, text.slice(typed.end)) },
      sortText: `${fields.has(spec.name) ? 0 : spec.doc === undefined ? 2 : 1}${spec.name}`,
    }));
}

/** The names that stand elsewhere: what is typed may be short for a name, which is not yet written. */
function writtenKeys({ options }: AnalyzedRun, section: Section, typed: Span): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { section: home, entry, resolved } of options.entries) {
    if (entry.keySpan.start <= typed.end && typed.end <= entry.keySpan.end) continue;
    if (home === section) names.add(entry.key);
    if (section.path.length > 0 || home.nested === true) continue;
    if (resolved.kind === 'key') names.add(resolved.spec.name);
    else if (resolved.kind === 'gone' && resolved.gone.now !== undefined)
      names.add(resolved.gone.now);
  }
  return names;
}

/** A key with what follows it in the language: `--key `, `key: `, `key=`. */
function keyText({ unit, document, style }: Section, spec: KeySpec, rest: string): string {
  switch (unit.kind) {
    case 'command':
      if (style === 'overrides') return `${spec.name}=`;
      return `--${spec.name}${spec.flag ? '' : spec.kinds[0] === 'bool' ? ' true' : ' '}`;
    case 'call':
      return `${spec.name}=`;
    default: {
      const separator = /^[ \t]*:/.test(rest) ? '' : ': ';
      return document.file.language === 'json'
        ? `"${spec.name}"${separator}`
        : spec.name + separator;
    }
  }
}
