import { flagEntries } from '../../syntax/argv.ts';
import type { Document } from '../../syntax/document.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { readLaunch, wordText } from '../launch.ts';
import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };
import { withOldNames } from './old-names.ts';

const schema = data as unknown as SchemaData;
const load = loadScopes(schema);
const ids = scopeIds(schema);

/** Flags of releases before 0.10.2 have no dots: all of them are gone at once, and are read by their old names. */
function scopeOf(name: string, dotted: boolean): Scope | undefined {
  if (!ids.has(name)) return undefined;
  const scope = load(name);
  return dotted ? scope : { ...scope, keys: withOldNames(scope.keys), unknown: 'open' };
}

/** Every command that runs one of OpenRLHF's scripts. */
export function recognizeOpenRlhf(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  const file = document.file.path;
  return document.units.flatMap((unit): readonly Recognized[] => {
    if (unit.kind !== 'command') return [];
    const at = unit.words.findIndex((word) => /\bopenrlhf[./]cli[./]\w+/.test(wordText(word)));
    const program = unit.words[at];
    if (program === undefined) return [];
    const name = /cli[./](\w+?)(?:\.py)?$/.exec(wordText(program))?.[1] ?? '';
    const { entries, positional } = flagEntries(unit.words.slice(at + 1), 'gnu');
    const dotted = entries.some((entry) => entry.key.includes('.'));
    const scope = scopeOf(name, dotted);
    if (scope === undefined) return [];
    const section = { file, document, unit, scope, entries, leftover: positional, path: [] };
    return [
      {
        adapter: context.adapter('openrlhf'),
        grip: { file, span: program.span },
        sections: [section],
        launch: readLaunch(unit, unit.words.slice(0, at), file),
        trains: name.startsWith('train_'),
        // Defaults have changed from release to release.
        ...(!dotted && { unread: true }),
      },
    ];
  });
}
