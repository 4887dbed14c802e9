import type { WrittenOrigin } from '../run/fix-intent.ts';
import { type Sourced, written } from '../run/sourced.ts';
import type { Entry } from '../syntax/document.ts';
import type { Section } from './framework.ts';

/** An entry and the section that it was read in. */
interface Placed {
  readonly section: Pick<Section, 'file' | 'scope'>;
  readonly entry: Entry;
}

/** The key of an entry as a written value, for a problem to point at. */
export function pointAt({ section, entry }: Placed): Sourced<string> {
  return written(entry.key, section.file, entry, section.scope.id);
}

/** Where an entry is written, for a fix to change. */
export function originOf({ section, entry }: Placed): WrittenOrigin {
  return { kind: 'written', file: section.file, entry, scope: section.scope.id };
}
