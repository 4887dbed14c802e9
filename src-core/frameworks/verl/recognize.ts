import { flagEntries } from '../../syntax/argv.ts';
import type { Command, Document, Entry, Mapping, Node, Word } from '../../syntax/document.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { NO_LAUNCH, readLaunch, wordText } from '../launch.ts';
import { mustExist, overridesIn } from './overrides.ts';
import { onlyGenerates, programOf } from './program.ts';
import { OPEN, opened, scopeFor } from './scopes.ts';

const MODULE = /^(?:verl[./]|recipe[./])|(?:^|\/)main_ppo\.py$|\bverl\.trainer\b/;
const TOP = [
  'actor_rollout_ref',
  'algorithm',
  'critic',
  'reward_model',
  'trainer',
  'engine',
  'optim',
];

/** Commands with overrides, and the YAML files behind them. */
export function recognizeVerl(document: Document, context: AdapterContext): readonly Recognized[] {
  return document.units.flatMap((unit): readonly Recognized[] => {
    if (context.isTaken?.(unit)) return [];
    if (unit.kind === 'command') return command(document, unit, context);
    return unit.kind === 'mapping' ? mapping(document, unit, context) : [];
  });
}

function command(
  document: Document,
  unit: Command,
  context: AdapterContext,
): readonly Recognized[] {
  const file = document.file.path;
  const at = unit.words.findIndex((word) => MODULE.test(wordText(word)) && !isYaml(word));
  const rest = at < 0 ? unit.words : unit.words.slice(at + 1);
  const { entries, positional } = flagEntries(rest, 'overrides');
  const own = entries.some((entry) =>
    /^\+*(?:actor_rollout_ref|data|trainer|algorithm)\./.test(entry.key),
  );
  const grip = unit.words[at] ?? unit.words[0];
  if (grip === undefined || (at < 0 && !own)) return [];
  const overrides = overridesIn(document, entries);
  const scope = at < 0 ? OPEN : scopeFor(programOf(wordText(grip)), overrides, rest);
  const set = overrides.filter((one) => mustExist(one, scope)).map(({ entry }) => entry);
  const free = entries.filter((entry) => !set.includes(entry));
  const base = { file, document, unit, path: [], style: 'overrides' } as const;
  return [
    {
      adapter: context.adapter('verl'),
      grip: { file, span: grip.span },
      sections: [
        { ...base, scope, entries: set, leftover: positional },
        { ...base, scope: opened(scope), entries: free, leftover: [] },
      ],
      launch: readLaunch(unit, unit.words.slice(0, Math.max(0, at)), file),
      trains: own && !onlyGenerates(wordText(grip)),
    },
  ];
}

function mapping(
  document: Document,
  unit: Mapping,
  context: AdapterContext,
): readonly Recognized[] {
  const keys = unit.root.entries.map((entry) => entry.key);
  const first = unit.root.entries[0];
  const own =
    keys.includes('actor_rollout_ref') ||
    (/\bverl\b/.test(document.file.text) && keys.some((key) => TOP.includes(key)));
  if (!own || first === undefined) return [];
  const file = document.file.path;
  const entries = flatten(unit.root.entries, '');
  return [
    {
      adapter: context.adapter('verl'),
      grip: { file, span: first.keySpan },
      sections: [{ file, document, unit, scope: OPEN, entries, leftover: [], path: [] }],
      launch: NO_LAUNCH,
      trains: false,
    },
  ];
}

/** `--runtime-env verl/trainer/runtime_env.yaml` names no program. */
const isYaml = (word: Word): boolean => /\.ya?ml$/.test(wordText(word));

/** Nested keys by their dotted path, as the overrides write them. */
function flatten(entries: readonly Entry[], prefix: string): readonly Entry[] {
  return entries.flatMap((entry): readonly Entry[] => {
    const key = prefix === '' ? entry.key : `${prefix}.${entry.key}`;
    const value: Node = entry.value;
    return value.kind === 'map' ? flatten(value.entries, key) : [{ ...entry, key }];
  });
}
