import data from './templates.data.json' with { type: 'json' };

/** Frameworks that name a prompt template for every model they know. */
export type TemplateFramework = 'swift' | 'llamafactory';

/** For each framework: a mark, or null, and the templates that have it, blanks between. */
type Marks = { readonly [F in TemplateFramework]: readonly (readonly [string | null, string])[] };

const indexes = new Map<TemplateFramework, ReadonlyMap<string, string | null>>();

function indexOf(framework: TemplateFramework): ReadonlyMap<string, string | null> {
  const known = indexes.get(framework);
  if (known !== undefined) return known;
  const groups = (data as unknown as Marks)[framework];
  const index = new Map(
    groups.flatMap(([mark, names]) => names.split(' ').map((name) => [name, mark] as const)),
  );
  indexes.set(framework, index);
  return index;
}

/** The templates that a framework registers; plugins and other releases have more. */
export function templateNames(framework: TemplateFramework): readonly string[] {
  return [...indexOf(framework).keys()];
}

/**
 * The text that opens a user's turn in a template, such as `<|im_start|>user`; `null` where code
 * builds the turns or nothing marks them, `undefined` for a template that is not registered.
 */
export function userMark(
  framework: TemplateFramework,
  template: string,
): string | null | undefined {
  return indexOf(framework).get(template);
}
