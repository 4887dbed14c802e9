import type { KeyProblem } from '../run/problem.ts';
import { atHome } from './at-home.ts';
import { goneByVersion, goneProblem, type KeyContext } from './key-release.ts';
import type { OptionTable, WrittenOption } from './options.ts';
import type { GoneKey } from './schema.ts';

/** A written option, and what is said of it. */
export interface Told {
  readonly option: WrittenOption;
  readonly problem: KeyProblem;
}

/** So many keys that went with one release are one thing to say: what takes them was rewritten. */
const SEVERAL = 3;

/** What is said of keys, where those of one place that went with the same release are spoken of once. */
export function goneTogether(
  found: readonly Told[],
  table: OptionTable,
  context: KeyContext,
): readonly KeyProblem[] {
  const groups = new Map<string, Told[]>();
  for (const one of found) {
    const id = releaseOf(one, table, context);
    if (id !== undefined) groups.set(id, [...(groups.get(id) ?? []), one]);
  }
  const several = [...groups.values()].filter(({ length }) => length >= SEVERAL);
  if (several.length === 0) return found.map(({ problem }) => problem);
  return found.flatMap((one) => {
    const group = several.find((all) => all.includes(one));
    if (group === undefined) return [one.problem];
    const gone = goneOf(one.option, context);
    const [first, ...others] = group.map(({ option }) => option);
    if (first !== one.option || gone === undefined) return [];
    return [goneProblem(table, first, gone, context, others)];
  });
}

/** The place and the last release of a key that is gone without a successor; `undefined` for any other. */
function releaseOf(
  { option, problem: { rule, severity } }: Told,
  table: OptionTable,
  context: KeyContext,
): string | undefined {
  if (rule !== 'removed-key') return undefined;
  const { section, entry } = option;
  const gone = goneOf(option, context);
  if (gone === undefined || gone.until === '' || gone.note !== undefined) return undefined;
  if (atHome(entry.key, section.scope, context) !== undefined) return undefined;
  const place = table.sections.indexOf(section);
  return [place, severity, gone.until, gone.package].join(' ');
}

function goneOf({ resolved, ...option }: WrittenOption, context: KeyContext): GoneKey | undefined {
  if (resolved.kind === 'gone') return resolved.gone;
  if (resolved.kind !== 'key') return undefined;
  return goneByVersion({ ...option, resolved }, resolved.spec, context);
}
