import type { KeyProblem } from '../../run/problem.ts';
import { type Phrase, say } from '../../text/message.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { renaming } from '../key-problem.ts';
import { pointAt } from '../point-at.ts';
import { type Releases, releasesOf, stillHas } from '../releases.ts';
import { findKey, resolveKey } from '../resolve-key.ts';
import type { KeySpec, Scope } from '../schema.ts';
import { isOlder } from '../since.ts';
import { closedAbove, type Override, overridesIn } from './overrides.ts';

const CITE = { label: 'Hydra hydra/_internal/config_loader_impl.py, _apply_overrides_to_config' };

/** Signs in front of overrides that Hydra refuses: a `+` before a key that is there, none before one that is not. */
export function markProblems(
  { sections }: Recognized,
  context: AdapterContext,
): readonly KeyProblem[] {
  const [set, free] = sections;
  if (set === undefined || free === undefined || set.scope.unknown === 'open') return [];
  return overridesIn(free.document, free.entries).flatMap(
    (one) => added(one, set.scope, free, context) ?? missed(one, set.scope, free, context) ?? [],
  );
}

/** `+key` of a key with a value that is neither null nor added to, as lists and mappings are. */
function added(
  { entry, mark }: Override,
  scope: Scope,
  section: Section,
  context: AdapterContext,
): KeyProblem | undefined {
  const spec = mark === '+' ? findKey(scope, entry.key) : undefined;
  if (spec?.default === undefined || spec.default === null) return undefined;
  const { value } = entry;
  if (value.kind === 'scalar' && /^[[{]/.test(value.text)) return undefined;
  if (spec.since !== undefined && isOlder(context.version('verl'), spec.since)) return undefined;
  const since = spec.since === undefined ? '' : say` since ${spec.since}`;
  const doubt = doubtOf(spec.since !== undefined, releasesOf(context, 'verl'));
  return problem(section, entry, `++${entry.key}`, {
    doubt,
    message: say`\`+\` adds a key that is not there, but ${scope.title} has \`${entry.key}\`${since}: Hydra stops there${doubt}`,
  });
}

/** `key=value` in a mapping that has no such key: Hydra closes all of them, the empty ones too. */
function missed(
  { entry, mark }: Override,
  scope: Scope,
  section: Section,
  context: AdapterContext,
): KeyProblem | undefined {
  const above = mark === '' ? closedAbove(entry.key, scope) : undefined;
  if (above === undefined || !isThere(above, context)) return undefined;
  const releases = releasesOf(context, 'verl');
  const gone = scope.gone.find(({ name }) => name === entry.key);
  if (gone !== undefined && stillHas(gone, scope, releases)) return undefined;
  const doubt = doubtOf(gone !== undefined, releases);
  return problem(section, entry, `+${entry.key}`, {
    doubt,
    message: say`nothing is added to \`${above.name}\` without a \`+\`: Hydra stops there${doubt}`,
  });
}

function isThere({ since }: KeySpec, context: AdapterContext): boolean {
  return since === undefined || !isOlder(context.version('verl'), since);
}

/** A copy of the source may differ; so may an older release, where none is known. */
function doubtOf(changed: boolean, releases: Releases): Phrase | '' {
  const copy = releases.copy(undefined);
  if (copy !== undefined) return say`, unless the source beside ${copy} has changed that`;
  const open = changed && releases.version(undefined) === undefined;
  return open ? say`, unless an older release is installed` : '';
}

function problem(
  section: Section,
  entry: Override['entry'],
  to: string,
  { doubt, message }: { readonly doubt: Phrase | ''; readonly message: Phrase },
): KeyProblem {
  const option = { section, entry, resolved: resolveKey(section.scope, entry.key, 'exact') };
  return {
    rule: 'unknown-key',
    at: pointAt(option),
    onKey: true,
    severity: doubt === '' ? 'error' : 'warning',
    message,
    cite: CITE,
    // The sign that stands there is kept.
    fixes: [{ ...renaming(option, `+${entry.key}`, doubt === ''), title: say`Write \`${to}\`` }],
  };
}
