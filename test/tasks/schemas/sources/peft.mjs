import { fieldsOf, read } from './shared.mjs';

export function peft(folder) {
  const data = read(folder, 'peft');
  return {
    framework: 'peft',
    package: 'peft',
    version: '0.21.0',
    origin: 'peft 0.20.0 to 0.21.0 (5d602fdbf)',
    history: 'peft',
    scopes: Object.keys(data.classes)
      .filter((name) => data.classes[name].fields.length > 0)
      .map((name) => ({
        id: name,
        title: name,
        fields: fieldsOf(data, [name]),
        lost: [],
        history: [name],
        renames: ['peft'],
        unknown: 'raise',
        names: 'exact',
      })),
  };
}
