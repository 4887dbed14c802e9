// torchtune components (`_component_: torchtune.…`): a callable by its dotted path, its parameters.
import { encodeKey, Tables, toSpec } from './rows.mjs';
import { read } from './sources/shared.mjs';

/** Areas that no config names. */
const SKIP = /^torchtune\.(_cli|config|_recipe_registry)\b/;

/**
 * Private modules are exported by the packages above them. Models are exported by the package of
 * their family, everything else may be named by any public package on its path.
 */
function publicPackages(path) {
  const parts = path.split('.').slice(0, -1);
  const first = parts.findIndex((part) => part.startsWith('_'));
  const open = parts.filter((part) => !part.startsWith('_'));
  if (first < 0 && open[1] !== 'models') return upTo(open, 2);
  return upTo(open, open[1] === 'models' ? open.length : 2);
}

const upTo = (parts, least) =>
  parts.slice(least - 1).map((_, index) => parts.slice(0, least + index).join('.'));

/** @returns the object that src-core/frameworks/component-load.ts reads */
export function torchtuneComponents(folder) {
  const tables = new Tables();
  const rows = new Interned();
  const signatures = new Interned();
  const packages = new Map();
  for (const [path, component] of Object.entries(read(folder, 'torchtune').components)) {
    if (SKIP.test(path)) continue;
    const name = path.slice(path.lastIndexOf('.') + 1);
    if (name.startsWith('_')) continue;
    const params = component.params.map((param) =>
      rows.add(encodeKey(toSpec(withoutLine(param)), tables)),
    );
    const star = component.kwargs ? '*' : '';
    const entry = `${name}${star} ${signatures.add(params.join(' '))}`;
    for (const one of publicPackages(path)) {
      const list = packages.get(one) ?? [];
      if (!list.some((other) => nameOf(other) === name)) list.push(entry);
      packages.set(one, list);
    }
  }
  return {
    framework: 'torchtune',
    origin: 'torchtune 0.7.0 (bd2a0fc7c)',
    files: tables.files,
    choices: tables.choices,
    rows: rows.list,
    signatures: signatures.list,
    packages: Object.fromEntries([...packages].map(([one, list]) => [one, list.sort()])),
  };
}

/** Distinct texts by number. */
class Interned {
  list = [];
  #index = new Map();

  add(text) {
    if (!this.#index.has(text)) this.#index.set(text, this.list.push(text) - 1);
    return this.#index.get(text);
  }
}

const nameOf = (entry) => entry.split(/[* ]/, 1)[0];

/** The same parameter of many builders is one row: the file is enough of a source. */
const withoutLine = (param) => ({ ...param, definedIn: param.definedIn.replace(/:\d+$/, '') });
