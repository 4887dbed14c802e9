import { type Component, type ComponentData, loadComponents } from '../component-load.ts';
import { keyTable } from '../key-table.ts';
import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import components from './components.data.json' with { type: 'json' };
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const table = components as unknown as ComponentData;
const load = loadScopes(schema);
const known = scopeIds(schema);

/** The release of torchtune that the table of components was made from. */
export function tableRelease(): string | undefined {
  return /\d[\d.]+/.exec(table.origin)?.[0];
}

/** What stands behind `_component_`. */
export const component: (path: string) => Component = loadComponents(table);

/** Modules of torchtune that the table of components lists. */
export function isModule(path: string): boolean {
  return Object.hasOwn(table.packages, path);
}

/** Whether modules of torchtune lie below: `torchtune.models`, which has nothing else. */
export function isPackage(path: string): boolean {
  return Object.keys(table.packages).some((name) => name.startsWith(`${path}.`));
}

/** The keys that a recipe reads; those of any recipe where it is not known or not torchtune's. */
export function recipeScope(recipe: string | undefined): Scope {
  const id = recipe !== undefined && known.has(recipe) ? recipe : 'recipe';
  const scope = recipes.get(id) ?? { ...load(id), loader: 'omegaconf' as const };
  recipes.set(id, scope);
  if (recipe === undefined || known.has(recipe)) return scope;
  return opened(isScript(recipe) ? { ...scope, id: recipe } : scope);
}

/** `tune run ./mine.py`: a recipe of one's own. */
export function isScript(recipe: string): boolean {
  return /\.py$/.test(recipe) && !known.has(recipe);
}

/** The keys that a recipe of one's own reads are not known. */
export function opened(scope: Scope): Scope {
  return { ...scope, unknown: 'open' };
}

const recipes = new Map<string, Scope>();

/** Whether a name is one of torchtune's recipes. */
export function isRecipe(name: string): boolean {
  return known.has(name) && name !== 'recipe';
}

/** The names of torchtune's recipes. */
export function recipeNames(): readonly string[] {
  return known.all().filter(isRecipe);
}

const OPTIMIZER: Scope = {
  id: 'optimizer',
  title: 'the optimizer',
  keys: keyTable(
    ['lr', 'weight_decay', 'eps'].map((name) => ({
      name,
      kinds: ['float'],
      nullable: false,
      default: undefined,
      required: false,
      source: 'torch.optim',
    })),
  ),
  gone: [],
  unknown: 'open',
  names: 'exact',
  origin: 'torch.optim',
};

/** The parameters of an optimizer that is not torchtune's own, as far as all of them agree. */
export function optimizerScope(path: string): Scope {
  return { ...OPTIMIZER, id: path };
}
