import {
  DEEPSPEED_ALSO_TOP,
  DEEPSPEED_NOT_TOP,
  DEEPSPEED_SECTIONS,
  DEEPSPEED_TOP,
  DEEPSPEED_TYPES,
} from './deepspeed-tables.mjs';
import { field, fieldsOf, merge, read } from './shared.mjs';

export function deepspeed(folder) {
  const data = read(folder, 'deepspeed');
  const sections = Object.keys(data.sections).filter((path) => data.classes[data.sections[path]]);
  const plain = Object.keys(DEEPSPEED_SECTIONS).filter((id) => !sections.includes(id));
  const isScope = new Set([...sections, ...plain]);
  const top = data.options.filter(
    (item) =>
      item.topLevel && DEEPSPEED_TOP.test(item.definedIn) && !DEEPSPEED_NOT_TOP.has(item.name),
  );
  const also = Object.entries(DEEPSPEED_ALSO_TOP).map(([name, type]) =>
    field(name, type, undefined, 'deepspeed/runtime/config.py'),
  );
  const typed = (item) =>
    DEEPSPEED_TYPES[item.name] ? { ...item, type: DEEPSPEED_TYPES[item.name] } : item;
  const autos = (item) =>
    isScope.has(item.name) ? { ...item, type: 'dict', nested: item.name } : item;
  const common = { lost: [], names: 'exact' };
  return {
    framework: 'deepspeed',
    package: 'deepspeed',
    version: '0.19.6',
    origin: 'DeepSpeed 0.19.6 (edaa72212)',
    history: 'deepspeed',
    scopes: [
      {
        ...common,
        id: 'config',
        title: 'DeepSpeed config',
        fields: merge(top.map(typed), also).map(autos),
        renames: [],
        unknown: 'drop',
      },
      ...sections.map((path) => ({
        ...common,
        id: path,
        title: path,
        fields: fieldsOf(data, [data.sections[path]])
          .map((item) => (path === 'zero_optimization' ? typed(item) : item))
          .map((item) =>
            isScope.has(`${path}.${item.name}`)
              ? { ...item, nested: `${path}.${item.name}` }
              : item,
          ),
        history: [data.sections[path]],
        renames: [],
        unknown: 'raise',
      })),
      ...plain.map((id) => ({
        ...common,
        id,
        title: id,
        fields: Object.entries(DEEPSPEED_SECTIONS[id].keys).map(([name, [type, value]]) =>
          field(name, type, value, DEEPSPEED_SECTIONS[id].at),
        ),
        renames: [],
        unknown: 'drop',
      })),
      {
        ...common,
        id: 'launch',
        title: 'deepspeed',
        fields: read(folder, 'deepspeed-launch').filter((item) => !/^(help|user_)/.test(item.name)),
        renames: [],
        unknown: 'raise',
        names: 'hf',
      },
    ],
  };
}
