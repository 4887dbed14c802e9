import { lazy } from '../../text/lazy.ts';
import type { KeyName } from '../framework.ts';
import { changedKeys, joinedKeys, keyTable } from '../key-table.ts';
import type { KeySpec, Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import { hfScope } from '../transformers/scopes.ts';
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const load = loadScopes(schema);
const known = scopeIds(schema);
const made = new Map<string, Scope>();

function once(id: string, make: () => Scope): Scope {
  const found = made.get(id) ?? make();
  made.set(id, found);
  return found;
}

/** The part of a plugin's dotted name that names its options: `axolotl.integrations.liger.…`. */
export function pluginId(plugin: string): string | undefined {
  const id = /^axolotl\.integrations\.(\w+)/.exec(plugin)?.[1];
  return id !== undefined && known.has(`plugin:${id}`) ? id : undefined;
}

/** The top level of a config; the plugins that it names add keys, one from elsewhere any key. */
export function rootScope(plugins: readonly string[]): Scope {
  const ids = [...new Set(plugins.map(pluginId))];
  const key = `config ${ids.map((id) => id ?? '?').join(' ')}`;
  return once(key, () => {
    const base = load('config');
    // `axolotl lm-eval` reads the file itself (integrations/lm_eval/cli.py), whatever the plugins.
    const extra = [...new Set([...ids, 'lm_eval'])].flatMap((id) =>
      id === undefined ? [] : [load(`plugin:${id}`)],
    );
    return {
      ...base,
      keys: changedKeys(joinedKeys([base, ...extra].map(({ keys }) => keys)), loosen),
      gone: [...base.gone, ...extra.flatMap((scope) => scope.gone)],
      refused: REFUSED,
      unknown: plugins.some(isForeign) ? 'open' : 'drop',
      values: 'pydantic',
    };
  });
}

/** `check_deprecated_unsloth_fields` of axolotl's schemas/validation.py. */
const REFUSED: ReadonlySet<string> = new Set([
  'unsloth_cross_entropy_loss',
  'unsloth_lora_mlp',
  'unsloth_lora_qkv',
  'unsloth_lora_o',
  'unsloth_rms_norm',
  'unsloth_rope',
]);

/** Plugins of axolotl that bring no options of their own are no reason to expect other keys. */
function isForeign(plugin: string): boolean {
  return !plugin.startsWith('axolotl.integrations.');
}

/** The package of the plugin that brings a key, for keys that count only when it is listed. */
export function pluginOf(key: string): string | undefined {
  const id = known
    .all()
    .find((one) => one.startsWith('plugin:') && load(one).keys.find(key)?.name === key);
  return id?.replace('plugin:', 'axolotl.integrations.');
}

/** A mapping inside a config, by the name of its class. */
export function nestedScope(id: string): Scope | undefined {
  if (!known.has(id)) return undefined;
  return once(id, () => {
    const base = id === 'FSDPConfig' ? fsdp() : load(id);
    return { ...base, keys: changedKeys(base.keys, loosen), values: 'pydantic' };
  });
}

const LOOSE =
  /^(?:weight_dtype|activation_dtype|mora_type|image_resize_algorithm|(?:eager|flash|flex|sage|sdp|xformers)_attention)$/;

/** Options that a validator reads before their type is looked at; it is judged as a constraint. */
function loosen(spec: KeySpec): KeySpec {
  if (spec.name === 'optimizer') return withOptimizers(spec);
  return LOOSE.test(spec.name) ? { ...spec, kinds: ['any'], choicesOpen: true } : spec;
}

/** What is not axolotl's own optimizer is handed to the Trainer (core/builders/base.py). */
function withOptimizers(spec: KeySpec): KeySpec {
  const choices = lazy(() => [
    ...(hfScope('TrainingArguments')?.keys.find('optim')?.choices ?? []),
    ...(spec.choices ?? []),
  ]);
  return {
    ...spec,
    get choices() {
      return choices();
    },
  };
}

/**
 * The flags of an option behind `axolotl train` (cli/utils/args.py): dashes alone, two for a boolean, none
 * for a mapping as a whole or for what a plugin reads.
 */
export function clickNames({ name }: KeySpec): readonly KeyName[] {
  const spec = load('config').keys.find(name);
  if (spec?.name !== name || spec.nested !== undefined) return [];
  const dashed = name.replaceAll('_', '-');
  return spec.kinds[0] === 'bool'
    ? [dashed, `no-${dashed}`].map((flag) => ({ name: flag, bare: true }))
    : [{ name: dashed, bare: false }];
}

/** Keys of `fsdp_config` may carry the prefix `fsdp_`, which is taken off. */
function fsdp(): Scope {
  const base = load('FSDPConfig');
  const keys = base.keys.all().map((spec) => {
    const prefixed = spec.name === 'fsdp_version' ? 'version' : `fsdp_${spec.name}`;
    return { ...spec, aliases: [...(spec.aliases ?? []), prefixed] };
  });
  return { ...base, keys: keyTable(keys) };
}

/** A mapping that may be of several classes: what any of them takes is legal. */
export function eitherScope(ids: readonly string[]): Scope {
  return once(ids.join('|'), () => {
    const scopes = ids.map((id) => load(id));
    const [first] = scopes;
    const keys = new Map(
      scopes.toReversed().flatMap((one) => one.keys.all().map((k) => [k.name, k])),
    );
    return { ...(first ?? load('config')), keys: keyTable([...keys.values()]) };
  });
}
