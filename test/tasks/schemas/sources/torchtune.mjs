import { field, merge, read } from './shared.mjs';

export function torchtune(folder) {
  const data = read(folder, 'torchtune');
  const recipes = new Set(
    data.options.flatMap((item) => item.recipes).filter((path) => path.startsWith('recipes/')),
  );
  const scope = (id, title, fields) => ({
    id,
    title,
    fields,
    lost: [],
    renames: [],
    unknown: 'drop',
    names: 'exact',
  });
  // A recipe names what it reads; nested names such as `checkpointer.output_dir` are its components'.
  const top = data.options
    .filter((item) => !item.name.includes('.'))
    .map((item) => ({ ...item, required: false }));
  const all = merge(top, [field('name', 'str', undefined, 'recipes/dev')]);
  return {
    framework: 'torchtune',
    package: 'torchtune',
    version: '0.7.0',
    origin: 'torchtune 0.7.0 (bd2a0fc7c)',
    scopes: [
      scope('recipe', 'torchtune recipe', all),
      ...[...recipes].sort().map((path) => {
        const id = path.replace(/^recipes\/|\.py$/g, '');
        return scope(
          id,
          `torchtune ${id}`,
          top.filter((item) => item.recipes.includes(path)),
        );
      }),
    ],
  };
}
