import type { FixIntent, Literal } from '../run/fix-intent.ts';
import { sentence } from '../run/sentence.ts';
import type { Node } from '../syntax/document.ts';
import { type Message, say } from '../text/message.ts';
import type { Section } from './framework.ts';
import type { OptionTable, WrittenOption } from './options.ts';
import { originOf } from './point-at.ts';
import { type Releases, stillHas } from './releases.ts';
import { findKey } from './resolve-key.ts';
import type { Scope } from './schema.ts';

/** What becomes of an option that a trainer does not take, in the trainer's config. */
interface AtHome {
  /** The name by which the config takes it; absent where it does not, either. */
  readonly name?: string;
  /** What is said of it, as a sentence. */
  readonly said: Message;
}

/** Where an option that is none of a trainer's belongs; `undefined` where its config never had it. */
export function atHome(key: string, { home }: Scope, releases: Releases): AtHome | undefined {
  if (home === undefined) return undefined;
  const gone = findKey(home, key) ? undefined : home.gone.findLast(({ name }) => name === key);
  if (gone === undefined && findKey(home, key) === undefined) return undefined;
  const name = gone === undefined || stillHas(gone, home, releases) ? key : gone.now;
  if (name !== undefined) return { name, said: say`Write \`${name}\` in ${home.title}` };
  return gone?.note === undefined ? undefined : { said: sentence(gone.note) };
}

/** The fix that writes an option in the one config of its run, where it is not written and its value is plain. */
export function moving(
  { section, entry }: WrittenOption,
  name: string | undefined,
  table: OptionTable,
  isSafe: boolean,
): readonly FixIntent[] {
  const { home } = section.scope;
  const config = table.sections.find(({ scope }) => scope.id === home?.id);
  const others = table.sections.some((one) => one !== section && one.scope.home !== undefined);
  const to = plainValue(entry.value);
  if (name === undefined || home === undefined || to === undefined) return [];
  if (config?.unit.kind !== 'call' || config.implied || !isOnly(config)) return [];
  if (others || table.has(name)) return [];
  return [
    {
      title: say`Move \`${name}\` to ${home.title}`,
      safety: isSafe ? 'safe' : 'unsafe',
      changes: [
        { kind: 'remove', at: originOf({ section, entry }) },
        { kind: 'option', key: name, to },
      ],
    },
  ];
}

/** Whether no other call in the file makes the like: another branch may. */
function isOnly({ document, scope }: Section): boolean {
  return (
    document.units.filter((one) => one.kind === 'call' && one.callee === scope.id).length === 1
  );
}

/** A value that can be written anew as it is. */
function plainValue(node: Node): Literal | undefined {
  if (node.kind !== 'scalar' || node.argument !== undefined || node.via !== undefined)
    return undefined;
  const { value, quoted } = node;
  return value === null || (typeof value === 'string' && !quoted) ? undefined : value;
}
