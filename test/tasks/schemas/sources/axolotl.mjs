import { fieldsOf, read } from './shared.mjs';

/** Names the scope of a key whose annotation is one of the classes that have a scope. */
function nest(fields, scopeOf) {
  return fields.map((item) => {
    for (const [, name] of (item.type ?? '').matchAll(/\b([A-Z]\w+)\b/g)) {
      const scope = scopeOf(name);
      if (scope !== undefined) return { ...item, nested: scope };
    }
    return item;
  });
}

const AXOLOTL_DROP =
  /^(AxolotlInputConfig|AxolotlConfigWCapabilities|GPUCapabilities|EnvCapabilities|PTQConfig)$/;

export function axolotl(folder) {
  const data = read(folder, 'axolotl');
  const plugin = (name) => /integrations\/(\w+)\/args\.py$/.exec(data.classes[name].file)?.[1];
  const nested = new Set(Object.keys(data.classes).filter((name) => isNested(data, name)));
  const scopeOf = (name) => (nested.has(name) ? name : undefined);
  const common = { lost: [], unknown: 'drop', names: 'exact' };
  const plugins = new Map();
  for (const name of Object.keys(data.classes)) {
    const id = plugin(name);
    if (id && !nested.has(name)) plugins.set(id, [...(plugins.get(id) ?? []), name]);
  }
  return {
    framework: 'axolotl',
    package: 'axolotl',
    version: '0.18.0',
    origin: 'axolotl after 0.18.0 (067b021c8)',
    history: 'axolotl',
    enumOpen: true,
    scopes: [
      {
        ...common,
        id: 'config',
        title: 'axolotl',
        fields: nest(fieldsOf(data, ['AxolotlInputConfig', 'PTQConfig']), scopeOf).filter(
          (item) => item.class !== 'PTQConfig',
        ),
        history: ['AxolotlInputConfig', 'DeprecatedParameters', 'RemappedParameters'],
        renames: ['axolotl'],
      },
      ...[...plugins].map(([id, names]) => ({
        ...common,
        id: `plugin:${id}`,
        title: `axolotl.integrations.${id}`,
        fields: nest(fieldsOf(data, names), scopeOf),
        history: names,
        renames: [],
      })),
      ...[...nested].map((name) => ({
        ...common,
        id: name,
        title: `axolotl ${name}`,
        fields: nest(fieldsOf(data, [name]), scopeOf),
        history: [name],
        renames: [],
      })),
    ],
  };
}

/** Whether some key's value is a mapping of this class. */
function isNested(data, name) {
  if (AXOLOTL_DROP.test(name)) return name === 'PTQConfig';
  const word = new RegExp(`\\b${name}\\b`);
  return Object.values(data.classes).some((other) =>
    other.fields.some((item) => word.test(item.type ?? '')),
  );
}
