import { optionAt } from '../analysis/locate.ts';
import type { Analysis, AnalyzedRun } from '../analyze.ts';
import type { Section } from '../frameworks/framework.ts';
import type { WrittenOption } from '../frameworks/options.ts';
import type { KeySpec } from '../frameworks/schema.ts';
import { defaultWords, specCard } from '../hover/key-card.ts';
import type { TextEdit } from '../text/edit.ts';
import { contains, type Span, span } from '../text/span.ts';

/** One proposal. The edit replaces what is typed so far. */
export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  readonly edit: TextEdit;
  readonly sortText?: string;
}

/** Keys that are not written yet, or the values of the key at `offset`. */
export function complete(analysis: Analysis, offset: number): readonly Completion[] {
  const located = optionAt(analysis, offset);
  if (located?.part === 'value') return values(located.option, located.option.entry.value.span);
  const behind = optionBefore(analysis, offset);
  if (behind !== undefined && located === undefined) {
    const found = values(behind, span(offset, offset));
    if (found.length > 0) return found;
  }
  const place = keyPlace(analysis, offset);
  return place === undefined ? [] : keys(place.run, place.section, place.typed, analysis);
}

/** The option on whose empty value the caret stands: `--torch_dtype |`, `bf16: |`. */
function optionBefore(analysis: Analysis, offset: number): WrittenOption | undefined {
  const text = analysis.file.text;
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  for (const run of analysis.runs)
    for (const option of run.options.entries) {
      const { keySpan, value } = option.entry;
      if (option.section.file !== analysis.file.path || value.span.end > value.span.start) continue;
      if (keySpan.start < line || keySpan.end >= offset) continue;
      if (/^\s*[:=]?\s+$/.test(text.slice(keySpan.end, offset))) return option;
    }
  return undefined;
}

function values(option: WrittenOption, where: Span): readonly Completion[] {
  if (option.resolved.kind !== 'key') return [];
  const { spec } = option.resolved;
  const choices = spec.choices ?? (spec.kinds[0] === 'bool' ? [true, false] : []);
  const python = option.section.document.file.language === 'python';
  return choices.map((choice, i) => ({
    label: String(choice),
    kind: 'value',
    ...(choice === spec.default ? { detail: 'default' } : {}),
    edit: { span: where, text: python ? pythonValue(choice) : String(choice) },
    sortText: String(i).padStart(3, '0'),
  }));
}

function pythonValue(choice: string | number | boolean | null): string {
  if (choice === null) return 'None';
  if (typeof choice === 'boolean') return choice ? 'True' : 'False';
  return typeof choice === 'number' ? String(choice) : JSON.stringify(choice);
}

interface KeyPlace {
  readonly run: AnalyzedRun;
  readonly section: Section;
  /** What is typed of the key so far. */
  readonly typed: Span;
}

/** Where a new key could stand at `offset`. */
function keyPlace(analysis: Analysis, offset: number): KeyPlace | undefined {
  const { text, path } = analysis.file;
  let start = offset;
  while (start > 0 && /[\w-]/.test(text[start - 1] ?? '')) start--;
  for (const run of analysis.runs)
    for (const section of run.recognized.sections) {
      if (section.file !== path || section.path.length > 0) continue;
      if (!contains(reach(section), start)) continue;
      if (legalHere(section, text, start)) return { run, section, typed: span(start, offset) };
    }
  return undefined;
}

/** The text in which a key of the section may be typed; a mapping reaches to the end of the file. */
function reach(section: Section): Span {
  const { unit, document } = section;
  if (unit.kind === 'mapping') return span(0, document.file.text.length);
  return span(unit.span.start, unit.span.end + (unit.kind === 'command' ? 2 : 0));
}

function legalHere(section: Section, text: string, start: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (section.unit.kind === 'command') return /(?:^|\s)$/.test(line);
  if (section.unit.kind === 'call') return /[(,]\s*$|^\s*$/.test(line);
  return section.document.file.language === 'json' ? /^\s*"?$/.test(line) : line === '';
}

function keys(
  run: AnalyzedRun,
  section: Section,
  typed: Span,
  analysis: Analysis,
): readonly Completion[] {
  const written = new Set(run.options.written);
  const fields = new Set(Object.values(run.recognized.adapter.fields));
  return section.scope.keys
    .filter((spec) => !written.has(spec.name) && spec.until === undefined && !spec.rare)
    .map((spec) => ({
      label: spec.name,
      kind: 'key' as const,
      detail: defaultWords(spec).replace(/^; /, ''),
      documentation: specCard(spec, section.scope),
      edit: { span: typed, text: keyText(section, spec, analysis) },
      sortText: `${fields.has(spec.name) ? 0 : spec.doc === undefined ? 2 : 1}${spec.name}`,
    }));
}

/** A key with what follows it in the language: `--key `, `key: `, `key=`. */
function keyText(section: Section, spec: KeySpec, analysis: Analysis): string {
  switch (section.unit.kind) {
    case 'command':
      return `--${spec.name}${spec.kinds[0] === 'bool' ? ' true' : ' '}`;
    case 'call':
      return `${spec.name}=`;
    default:
      return analysis.file.language === 'json' ? `"${spec.name}": ` : `${spec.name}: `;
  }
}
