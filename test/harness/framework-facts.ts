import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './suite.ts';

/** What the tables of a framework hold. */
export interface FrameworkFacts {
  /** Options in all of its scopes, those that scopes share counted once. */
  readonly options: number;
  /** Old names and values that a fix turns into those of today. */
  readonly renamed: number;
  /** Checks of its own validator, and of libraries below it, that are made before the run. */
  readonly checks: number;
}

interface Data {
  readonly groups: readonly (readonly string[])[];
  readonly gone: readonly (readonly string[])[];
}

const FOLDER = path.join(root, 'src-core', 'frameworks');

/** Counts over the data and the constraints that the adapter of that id imports. */
export async function frameworkFacts(id: string): Promise<FrameworkFacts> {
  const data = path.join(FOLDER, id, 'keys.data.json');
  const { groups, gone }: Data = existsSync(data)
    ? JSON.parse(readFileSync(data, 'utf8'))
    : { groups: [], gone: [] };
  const rows = groups.flat();
  const values = rows.flatMap((row) => row.match(/"now":/g) ?? []);
  return {
    options: rows.length,
    renamed: gone.flat().filter((row) => row.split('\t')[2]).length + values.length,
    checks: await checksOf(path.join(FOLDER, id, 'adapter.ts')),
  };
}

async function checksOf(adapter: string): Promise<number> {
  const ids = new Set<string>();
  for (const file of importsOf(adapter, new Set())) {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
    for (const [name, value] of Object.entries(module)) {
      // Some are made when they are first asked for.
      const lazy = typeof value === 'function' && value.length === 0 && /Constraints$/.test(name);
      const list = lazy ? value() : value;
      if (Array.isArray(list)) for (const one of list) if (isConstraint(one)) ids.add(one.id);
    }
  }
  return ids.size;
}

/** The files of the frameworks that a file imports, at any depth; other adapters are left out. */
function importsOf(file: string, seen: Set<string>): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+\.ts)'/g)) {
    const next = path.join(path.dirname(file), name);
    if (next.startsWith(FOLDER) && !/(?:adapter|registry)\.ts$/.test(next)) importsOf(next, seen);
  }
  return seen;
}

function isConstraint(value: unknown): value is { readonly id: string } {
  return typeof value === 'object' && value !== null && 'check' in value && 'cite' in value;
}
