import data from './docs.data.json' with { type: 'json' };

/** What options mean, by their names: the same for all frameworks, and of one. */
export interface Docs {
  readonly common: { readonly [key: string]: string };
  readonly frameworks: { readonly [framework: string]: { readonly [key: string]: string } };
}

/** What the options of all frameworks mean, in English. */
export const docs: Docs = data;

/** One sentence on an option in our own words, the framework's own where it differs from others. */
export function docOf(framework: string, key: string): string | undefined {
  return own(docs.frameworks[framework], key) ?? own(docs.common, key);
}

function own(table: { readonly [key: string]: string } | undefined, key: string) {
  return table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
