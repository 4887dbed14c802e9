import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import type { KeyName, Section } from '../frameworks/framework.ts';
import type { KeySpec } from '../frameworks/schema.ts';
import { defaultWords, specCard } from '../hover/key-card.ts';
import type { Entry } from '../syntax/document.ts';
import type { Span } from '../text/span.ts';
import type { Completion } from './completion.ts';
import { oftenWritten } from './often.ts';
import type { KeyPlace } from './places.ts';

/** The keys that may be typed at a place and are not written yet. */
export function keys({ run, section, word }: KeyPlace, text: string): readonly Completion[] {
  const written = writtenKeys(run, section, word);
  const rankOf = ranking(run, section);
  const behind = { rest: text.slice(word.end), entry: entryOf(section, word) };
  return section.scope.keys
    .all()
    .filter((spec) => isOffered(spec) && !written.has(spec.name))
    .flatMap((spec) => {
      const detail = defaultWords(spec);
      return namesOf(section, spec).map((name) => ({
        label: name.name,
        kind: 'key' as const,
        ...(detail !== '' && { detail }),
        documentation: specCard(spec, section.scope),
        edit: { span: word, text: keyText(section, spec, name, behind) },
        sortText: `${rankOf(spec)}${name.name}`,
      }));
    });
}

/** Sorts what many write first; then what a run is judged by, then what has a meaning here. */
function ranking(run: AnalyzedRun | undefined, { scope }: Section): (spec: KeySpec) => string {
  const adapter = run?.recognized.adapter;
  const often = oftenWritten(adapter?.id ?? scope.id);
  const fields = new Set(Object.values(adapter?.fields ?? {}));
  return ({ name, doc }) => {
    const place = often.indexOf(name);
    if (place >= 0) return String(place).padStart(3, '0');
    if (fields.has(name)) return 'a';
    return doc === undefined ? 'c' : 'b';
  };
}

/** What every build of the newest release reads. */
function isOffered({ until, rare, source }: KeySpec): boolean {
  return until === undefined && rare !== true && source !== '';
}

function namesOf({ spelled }: Section, spec: KeySpec): readonly KeyName[] {
  return spelled?.(spec) ?? [{ name: spec.name, bare: spec.flag === true }];
}

/** The entry whose key the word is. */
function entryOf({ entries }: Section, word: Span): Entry | undefined {
  return entries.find(({ keySpan: { start, end } }) => start <= word.end && word.end <= end);
}

/** The names that stand elsewhere: what is typed may be short for a name, which is not yet written. */
function writtenKeys(
  run: AnalyzedRun | undefined,
  section: Section,
  word: Span,
): ReadonlySet<string> {
  const isTyped = ({ keySpan: { start, end } }: Entry) => start <= word.end && word.end <= end;
  const names = new Set(section.entries.filter((one) => !isTyped(one)).map(({ key }) => key));
  for (const { section: home, entry, resolved } of run?.options.entries ?? []) {
    if (isTyped(entry)) continue;
    if (section.path.length > 0 || home.nested === true) continue;
    if (resolved.kind === 'key') names.add(resolved.spec.name);
    else if (resolved.kind === 'gone' && resolved.gone.now !== undefined)
      names.add(resolved.gone.now);
  }
  return names;
}

/** What stands behind the word that is replaced. */
interface Behind {
  readonly rest: string;
  /** The entry that the word is the key of, with its value. */
  readonly entry: Entry | undefined;
}

/** A key with what follows it in the language, unless that stands there: `--key `, `key: `, `key=`. */
function keyText(
  { unit, document, style }: Section,
  spec: KeySpec,
  { name, bare }: KeyName,
  { rest, entry }: Behind,
): string {
  const value = entry?.value.span;
  const isValued = value !== undefined && value.end > value.start;
  switch (unit.kind) {
    case 'command': {
      const separated = rest.startsWith('=');
      if (style === 'overrides') return separated ? name : `${name}=`;
      if (bare || separated || isValued) return `--${name}`;
      return `--${name}${spec.kinds[0] === 'bool' ? ' true' : ' '}`;
    }
    case 'call':
      return /^\s*=(?!=)/.test(rest) ? name : `${name}=`;
    default: {
      const separator = /^[ \t]*:/.test(rest) ? '' : /^[ \t]+\S/.test(rest) ? ':' : ': ';
      return document.file.language === 'json' ? `"${name}"${separator}` : name + separator;
    }
  }
}
