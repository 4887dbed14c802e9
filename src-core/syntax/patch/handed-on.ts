import { contains, cover, span } from '../../text/span.ts';
import type { Document, Entry, Node } from '../document.ts';

/** All that a script or an array holds: `"$@"`, `$*`, `"${ARGS[@]}"`. */
const ALL = /^"?\$(?:[@*]|\{[@*]\}|\{\w+\[[@*]\]\})"?$/;
/** What may be no word, or several: `$EXTRA`, `$(cat args)`. */
const SOME = /^\$(?:\w+$|\{\w+\}$|\()/;

/** An option without the words behind its value that hand further options on: those are not its own. */
export function ownPart(doc: Document, entry: Entry): Entry {
  const { value, keySpan } = entry;
  const items = value.kind === 'list' ? value.items : [value];
  if (!items.every((item) => contains(entry.span, item.span.start))) return entry;
  let own = items.length;
  while (own > 0 && isHandedOn(doc, items[own - 1], own - 1)) own -= 1;
  if (own === items.length) return entry;
  const kept = items.slice(0, own);
  const [first] = kept;
  const last = kept.at(-1);
  if (first === undefined || last === undefined) {
    const where = span(keySpan.end, keySpan.end);
    return { ...entry, value: { kind: 'absent', span: where }, span: keySpan };
  }
  const held = cover(first.span, last.span);
  return {
    ...entry,
    value: own === 1 ? first : { kind: 'list', span: held, items: kept },
    span: cover(keySpan, held),
  };
}

function isHandedOn(doc: Document, node: Node | undefined, at: number): boolean {
  if (node?.kind !== 'opaque') return false;
  const text = doc.file.text.slice(node.span.start, node.span.end);
  return ALL.test(text) || (at > 0 && SOME.test(text));
}
