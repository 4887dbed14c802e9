import type { FixIntent, WrittenOrigin } from '../../run/fix-intent.ts';
import type { KeyProblem } from '../../run/problem.ts';
import { type Sourced, written } from '../../run/sourced.ts';
import type { Document, Entry } from '../../syntax/document.ts';
import { type Message, say } from '../../text/message.ts';
import type { Span } from '../../text/span.ts';
import { doubtOf } from '../doubt.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { releasesOf, stillHas } from '../releases.ts';
import type { Scope } from '../schema.ts';
import { hfScope } from '../transformers/scopes.ts';
import { trlScope } from '../trl/scopes.ts';
import { type GoneName, goneNames, type Successor } from './gone-names.ts';

/** One name of `from module import name as other`. */
interface Imported {
  readonly document: Document;
  readonly module: string;
  readonly moduleSpan: Span;
  readonly name: string;
  readonly span: Span;
  /** Whether the program gives it a name of its own. */
  readonly as: boolean;
  /** All that the line imports from there. */
  readonly all: readonly string[];
}

/**
 * Names that a run's program imports and the library in use has no longer: it stops before it begins. Only
 * what stands at the beginning of a line is looked at: the rest may be tried, or be for other releases.
 */
export function importProblems(
  { adapter, sections }: Recognized,
  context: AdapterContext,
): readonly KeyProblem[] {
  const programs = new Set(
    sections.map(({ document }) => document).filter(({ file }) => file.language === 'python'),
  );
  const releases = releasesOf(context, adapter.id);
  const lost = [...programs].flatMap(importsOf).flatMap((one) => {
    const gone = goneNames(one.module).get(one.name);
    const scope = gone && scopeOf(gone);
    if (gone === undefined || scope === undefined) return [];
    if (stillHas({ until: gone.until }, scope, releases)) return [];
    return { one, gone, doubt: doubtOf({ until: gone.until }, scope, releases) };
  });
  return lost.flatMap(({ one, gone, doubt }, i) => {
    const isLike = (other: (typeof lost)[number]) =>
      other.one.all === one.all && other.gone.went === gone.went;
    if (lost.findIndex(isLike) < i) return [];
    const names = lost.filter(isLike).map((other) => `\`${other.one.name}\``);
    const said = saidOf(gone.now, one);
    return {
      rule: 'gone-import',
      at: at(one, one.name, one.span),
      onKey: true,
      severity: doubt === '' ? 'error' : 'warning',
      message: say`${one.module} has no ${names.join(', ')} after ${gone.until}; the import stops${doubt}${said}`,
      cite: SOURCES[gone.package],
      fixes: gone.now === undefined ? [] : mended(one, gone.now),
    } satisfies KeyProblem;
  });
}

const SOURCES = {
  trl: {
    label: 'what TRL exports',
    url: 'https://github.com/huggingface/trl/blob/v1.9.0/trl/__init__.py',
  },
  peft: {
    label: 'what PEFT exports',
    url: 'https://github.com/huggingface/peft/blob/v0.20.0/src/peft/__init__.py',
  },
  transformers: {
    label: 'transformers: guide to version 5',
    url: 'https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md',
  },
} as const;

/** Options of the same package, which tell its releases apart. */
function scopeOf({ package: name }: GoneName): Scope | undefined {
  const known = { trl: trlScope('SFTConfig'), transformers: hfScope('TrainingArguments') };
  const scope = name === 'peft' ? hfScope('LoraConfig') : known[name];
  return scope && { ...scope, framework: name };
}

function saidOf(now: Successor | undefined, { name }: Imported): Message {
  if (now === undefined) return '';
  if (now.said !== undefined) return say`. ${now.said}`;
  return now.module === undefined
    ? say`. It is called \`${now.name ?? name}\` now`
    : say`. It is in \`${now.module}\` now`;
}

/** Another module where all of the line is there; another name under which the program goes on with the old one. */
function mended(one: Imported, now: Successor): readonly FixIntent[] {
  const { module, name } = now;
  if (module !== undefined) {
    const names = goneNames(one.module);
    if (one.all.some((other) => names.get(other)?.now?.module !== module)) return [];
    return [renaming(at(one, one.module, one.moduleSpan), module)];
  }
  if (name === undefined) return [];
  return [renaming(at(one, one.name, one.span), one.as ? name : `${name} as ${one.name}`)];
}

function renaming({ origin }: Sourced<string>, to: string): FixIntent {
  const change = { kind: 'rename', at: origin as WrittenOrigin, to } as const;
  return { title: say`Import \`${to}\``, safety: 'unsafe', changes: [change] };
}

/** A word of the import as a value that is written there. */
function at({ document }: Imported, word: string, span: Span): Sourced<string> {
  const value = { kind: 'scalar', span, text: word, value: word, quoted: false } as const;
  const entry: Entry = { key: word, keySpan: span, value, span };
  return written(word, document.file.path, entry);
}

const IMPORT =
  /^from[ \t]+(trl|peft|transformers)((?:\.\w+)*)[ \t]+import[ \t]+(\((?:#[^\n]*\n|[^()#])*\)|\w(?:[^\n(\\;#]|\\[\s\S])*)/gm;

function importsOf(document: Document): readonly Imported[] {
  const { file, unbroken = [] } = document;
  const found: Imported[] = [];
  for (const { 0: whole, 1: root = '', 2: rest = '', 3: names = '', index } of file.text.matchAll(
    IMPORT,
  )) {
    if (unbroken.some(({ start, end }) => start < index && index < end)) continue;
    const moduleStart = index + whole.indexOf(root, 'from'.length);
    const module = root + rest;
    const from = index + whole.length - names.length;
    const code = names.replace(/#[^\n]*/g, (comment) => ' '.repeat(comment.length));
    const words = [...code.matchAll(/(\w+)([ \t]+as[ \t]+\w+)?/g)];
    const all = words.map(([, name = '']) => name);
    for (const { 1: name = '', 2: as, index: offset } of words) {
      const start = from + offset;
      found.push({
        ...{ document, module, name, all, as: as !== undefined },
        moduleSpan: { start: moduleStart, end: moduleStart + module.length },
        span: { start, end: start + name.length },
      });
    }
  }
  return found;
}
