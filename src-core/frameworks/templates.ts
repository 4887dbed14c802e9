import data from './templates.data.json' with { type: 'json' };

/** Frameworks that name a prompt template for every model they know. */
export type TemplateFramework = 'swift' | 'llamafactory';

interface Templates {
  /** Every registered template. */
  readonly names: readonly string[];
  /** Template to the last parts of the ids of its models: lower case, blanks between. */
  readonly models: { readonly [template: string]: string };
}

const tables: { readonly [F in TemplateFramework]: Templates } = data;
const indexes = new Map<TemplateFramework, ReadonlyMap<string, readonly string[]>>();

/** The templates that a framework registers; plugins and newer releases add more. */
export function templateNames(framework: TemplateFramework): readonly string[] {
  return tables[framework].names;
}

/**
 * The templates that a framework gives to a model, by the last part of its hub id or path; none
 * when it does not know the model. Several mean that the same name stands for different models.
 */
export function templatesOf(framework: TemplateFramework, model: string): readonly string[] {
  const name = model.replace(/\/+$/, '').split('/').at(-1)?.toLowerCase() ?? '';
  return indexOf(framework).get(name) ?? [];
}

function indexOf(framework: TemplateFramework): ReadonlyMap<string, readonly string[]> {
  const known = indexes.get(framework);
  if (known !== undefined) return known;
  const index = new Map<string, string[]>();
  for (const [template, models] of Object.entries(tables[framework].models)) {
    for (const model of models.split(' ')) {
      const list = index.get(model) ?? [];
      list.push(template);
      index.set(model, list);
    }
  }
  indexes.set(framework, index);
  return index;
}
