import type { Launch, Recognized, Section } from '../frameworks/framework.ts';
import type { Entry, Node } from '../syntax/document.ts';

/**
 * Whether recognising the same document twice, with another text in one of its values, found the same:
 * the same programs at the same places, with the same options. Values are the same objects.
 */
export function sameRecognized(a: readonly Recognized[], b: readonly Recognized[]): boolean {
  return every(a, b, sameOne);
}

function sameOne(a: Recognized, b: Recognized): boolean {
  return (
    a.adapter === b.adapter &&
    a.trains === b.trains &&
    a.within === b.within &&
    a.unread === b.unread &&
    a.grip.span.start === b.grip.span.start &&
    a.grip.span.end === b.grip.span.end &&
    sameLaunch(a.launch, b.launch) &&
    every(a.sections, b.sections, sameSection)
  );
}

function sameSection(a: Section, b: Section): boolean {
  return (
    a.document === b.document &&
    a.unit === b.unit &&
    a.scope === b.scope &&
    a.flags === b.flags &&
    a.implied === b.implied &&
    a.reach?.start === b.reach?.start &&
    a.reach?.end === b.reach?.end &&
    every(a.leftover, b.leftover, (x, y) => x === y) &&
    every(a.entries, b.entries, sameEntry)
  );
}

function sameLaunch(a: Launch, b: Launch): boolean {
  return (
    a.launcher === b.launcher &&
    a.worldSize?.value === b.worldSize?.value &&
    a.visibleGpus?.value === b.visibleGpus?.value &&
    every(a.entries, b.entries, sameEntry)
  );
}

function sameEntry(a: Entry, b: Entry): boolean {
  return a.key === b.key && sameNode(a.value, b.value);
}

function sameNode(a: Node, b: Node): boolean {
  if (a.kind === 'list' && b.kind === 'list') return every(a.items, b.items, sameNode);
  return a === b || (a.kind === 'absent' && b.kind === 'absent');
}

function every<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((x, i) => b[i] !== undefined && same(x, b[i]));
}
