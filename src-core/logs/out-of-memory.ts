import { type Span, span } from '../text/span.ts';
import type { OutOfMemory } from './training-log.ts';

const UNITS: Readonly<Record<string, number>> = {
  bytes: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const SIZE = '([\\d.]+) (bytes|KiB|MiB|GiB|TiB)';
const ASKED = new RegExp(`Tried to allocate ${SIZE}`);
/** "total capacity" from torch 2.2 on, misspelt in 2.1, in brackets before. */
const CAPACITY = [new RegExp(`total capaci?ty of ${SIZE}`), new RegExp(`${SIZE} total capacity`)];
const ALLOCATED = [
  new RegExp(`allocated memory ${SIZE} is allocated`),
  new RegExp(`${SIZE} already allocated`),
];
const FREE = [new RegExp(`${SIZE} is free`), new RegExp(`${SIZE} free`)];
const LONGEST = 700;

/** The sizes around "out of memory"; `undefined` when the words are not an allocator's. */
export function readOutOfMemory(text: string, words: Span): OutOfMemory | undefined {
  const newline = text.indexOf('\n', words.end);
  const end = Math.min(newline < 0 ? text.length : newline, words.start + LONGEST);
  const line = text.slice(words.start, end);
  const raised = /\b[\w.]*(?:Error|Exception): $/.exec(
    text.slice(Math.max(0, words.start - 60), words.start),
  );
  const asked = ASKED.exec(line);
  if (raised === null && asked === null) return undefined;
  const length = asked === null ? words.end - words.start : asked.index + asked[0].length;
  return {
    span: span(words.start - (raised?.[0].length ?? 0), words.start + length),
    ...sized('asked', [ASKED], line),
    ...sized('capacity', CAPACITY, line),
    ...sized('allocated', ALLOCATED, line),
    ...sized('free', FREE, line),
  };
}

function sized(key: string, patterns: readonly RegExp[], line: string): Record<string, number> {
  for (const pattern of patterns) {
    const [, number, unit = ''] = pattern.exec(line) ?? [];
    const bytes = Number(number) * (UNITS[unit] ?? Number.NaN);
    if (Number.isFinite(bytes)) return { [key]: bytes };
  }
  return {};
}
