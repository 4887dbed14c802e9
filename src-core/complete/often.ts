import data from './often.data.json' with { type: 'json' };

const LISTS: Readonly<Record<string, string>> = data;

/**
 * Options of a framework, or of a launcher, that many public files write, the most usual first: what people need comes
 * first. Counted by test/tasks/often.ts over the files of docs/corpus.md.
 */
export function oftenWritten(owner: string): readonly string[] {
  return Object.hasOwn(LISTS, owner) ? (LISTS[owner]?.split(' ') ?? []) : [];
}
