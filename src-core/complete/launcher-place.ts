import type { Analysis } from '../analyze.ts';
import { accelerateScope } from '../frameworks/accelerate/scopes.ts';
import { launcherScope } from '../frameworks/deepspeed/scopes.ts';
import type { Section } from '../frameworks/framework.ts';
import { baseName, wordText } from '../frameworks/launch.ts';
import { findKey } from '../frameworks/resolve-key.ts';
import type { KeySpec, Scope } from '../frameworks/schema.ts';
import { torchrunScope } from '../frameworks/torchrun.ts';
import { flagEntries } from '../syntax/argv.ts';
import type { Command, Word } from '../syntax/document.ts';
import type { Span } from '../text/span.ts';
import { wordAt } from './places.ts';

/** A place among the flags of a launcher, for one of them or for the value of one. */
export interface LauncherPlace {
  readonly section: Section;
  readonly word: Span;
  /** The flag whose value stands at the place. */
  readonly due?: KeySpec;
}

/** What starts processes, by the last word of its name. */
const SCOPES: Readonly<Record<string, () => Scope | undefined>> = {
  torchrun: torchrunScope,
  'torch.distributed.run': torchrunScope,
  launch: () => accelerateScope('launch'),
  'accelerate-launch': () => accelerateScope('launch'),
  'accelerate.commands.launch': () => accelerateScope('launch'),
  deepspeed: launcherScope,
};

/**
 * The place of `offset` among the flags of a launcher: in front of what it starts, or where that is not
 * named yet, so that no run is recognised.
 */
export function launcherPlace(
  { file, document }: Analysis,
  offset: number,
): LauncherPlace | undefined {
  const unit = document?.units.find(
    (one): one is Command =>
      one.kind === 'command' && one.span.start <= offset && isBehind(one, offset, file.text),
  );
  if (document === undefined || unit === undefined) return undefined;
  const at = unit.words.findIndex((_, i) => scopeAt(unit.words, i) !== undefined);
  const scope = scopeAt(unit.words, at);
  const launcher = unit.words[at];
  if (scope === undefined || launcher === undefined || offset <= launcher.span.end)
    return undefined;
  const behind = unit.words.slice(at + 1);
  const word = wordAt(file.text, offset, /[\w.-]/);
  const started = startedIndex(behind, scope, word);
  const flags = behind.slice(0, started);
  const next = behind[started];
  if (next !== undefined && next.span.start < word.start) return undefined;
  const { entries } = flagEntries(flags, 'gnu');
  const leftover: readonly Word[] = [];
  const place = { file: file.path, document, unit, path: [] };
  const section: Section = { ...place, scope, entries, leftover };
  const before = flags.findLast(({ span: { end } }) => end <= word.start);
  const due = before && valuedBy(before, scope);
  const isKey = /^(?:-|$)/.test(file.text.slice(word.start, offset));
  if (due === undefined && !isKey) return undefined;
  return { section, word, ...(due && { due }) };
}

/** Whether the place is in the command, or where its next word may stand. */
function isBehind({ span: { end } }: Command, offset: number, text: string): boolean {
  return offset <= end || /^(?:[ \t]|\\\r?\n)+$/.test(text.slice(end, offset));
}

function scopeAt(words: readonly Word[], at: number): Scope | undefined {
  const name = baseName(wordText(words[at]));
  if (!Object.hasOwn(SCOPES, name)) return undefined;
  if (name === 'launch' && baseName(wordText(words[at - 1])) !== 'accelerate') return undefined;
  return SCOPES[name]?.();
}

/** The flag that takes the next word as its value. */
function valuedBy(word: Word, scope: Scope): KeySpec | undefined {
  const text = wordText(word);
  if (!/^--?[A-Za-z]/.test(text) || text.includes('=')) return undefined;
  const spec = findKey(scope, text.replace(/^-+/, '').replaceAll('-', '_'));
  return spec === undefined || spec.flag === true ? undefined : spec;
}

/** Index of what is started: the first word that is neither a flag, nor a value, nor the one being typed. */
function startedIndex(words: readonly Word[], scope: Scope, typed: Span): number {
  const at = words.findIndex((word, i) => {
    const isTyped = word.span.start === typed.start && word.span.end <= typed.end;
    if (/^-/.test(wordText(word)) || isTyped) return false;
    const before = words[i - 1];
    const isValue = before !== undefined && valuedBy(before, scope) !== undefined;
    // A script behind a flag that has no value yet is none.
    return !isValue || /\.py$/.test(wordText(word));
  });
  return at < 0 ? words.length : at;
}
