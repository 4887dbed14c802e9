// One extracted field -> one compact row. The reverse is src-core/frameworks/schema-load.ts.
import { kindOf, readType } from './types.mjs';

const LETTER = { bool: 'b', int: 'i', float: 'f', string: 's', list: 'l', dict: 'd', any: 'a' };

/** Values that the sources write as an expression and that are constants of a known module. */
const CONSTANTS = new Map([
  ['DownloadMode.REUSE_DATASET_IF_EXISTS', 'reuse_dataset_if_exists'],
  ['TaskType.CAUSAL_LM', 'CAUSAL_LM'],
  ['torch.float16', 'float16'],
]);

/** transformers/utils/logging.py `log_levels` plus `passive` (training_args.py). */
const LOG_LEVELS = ['detail', 'debug', 'info', 'warning', 'error', 'critical', 'passive'];

function resolveDefault(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    return value.every((item) => item === null || typeof item !== 'object') ? value : undefined;
  }
  if (typeof value.$expr !== 'string') return undefined;
  if (CONSTANTS.has(value.$expr)) return CONSTANTS.get(value.$expr);
  const path = /^Path\('([^']*)'\)$/.exec(value.$expr);
  return path ? path[1] : undefined;
}

function resolveChoices(field) {
  const out = [];
  for (const choice of field.choices ?? []) {
    if (choice === null) continue;
    if (typeof choice !== 'object') out.push(choice);
    else if (choice.$expr === 'trainer_log_levels.keys()') out.push(...LOG_LEVELS);
    else return [];
  }
  // `pissa_niter_[number of iters]` is a pattern: the list is not closed.
  const plain = out.filter((choice) => typeof choice !== 'string' || !choice.includes('['));
  return Object.assign([...new Set(plain)], { open: plain.length < out.length });
}

/**
 * @param {object} field as extracted
 * @param {{enumOpen?: boolean}} rules enumOpen: `Enum | str` admits other strings
 */
export function toSpec(field, rules = {}) {
  const raw = field.default;
  const value = field.required ? undefined : resolveDefault(raw);
  let choices = resolveChoices(field);
  const computed = value === undefined;
  const many = field.nargs !== undefined && field.nargs !== '?';
  const type = readType(
    many ? `list[${field.type}]` : field.type,
    computed ? (raw ?? undefined) : value,
    choices,
  );
  if ((field.choices ?? []).includes(null)) type.nullable = true;
  let open = field.choicesOpen === true || choices.open === true;
  if (choices.length > 0) {
    if (type.plain.includes('string') && type.literals.length > 0) open = true;
    if (type.enumerated && rules.enumOpen && type.plain.includes('string')) open = true;
    if (type.plain.some((kind) => kind !== 'string' && kind !== 'bool')) open = true;
    if (!open && type.plain.includes('bool')) choices = [...choices, true, false];
    // `str | None | Literal[False]`: the literal is no list of the strings that are allowed.
    if (open && choices.every((choice) => typeof choice !== 'string')) choices = [];
  }
  if (value === null) type.nullable = true;
  return {
    name: field.name,
    kinds: type.kinds,
    nullable: type.nullable && !field.required ? true : type.nullable,
    required: field.required === true,
    computed,
    default: value,
    choices,
    open,
    aliases: (field.aliases ?? []).filter((alias) => alias !== field.name),
    source: field.definedIn ?? '',
    nested: field.nested,
    rare: field.rare === true,
    flag: /^(store_true|store_false)$/.test(field.action ?? ''),
    deprecated: field.deprecated ? {} : undefined,
    since: undefined,
    until: undefined,
    gone: undefined,
  };
}

/** Tables shared by the rows of one data file. */
export class Tables {
  files = [];
  choices = [];
  #files = new Map();
  #choices = new Map();

  file(name) {
    return intern(this.#files, this.files, name, name);
  }

  choice(list) {
    return intern(this.#choices, this.choices, JSON.stringify(list), list);
  }
}

function intern(map, list, key, value) {
  if (!map.has(key)) {
    map.set(key, list.length);
    list.push(value);
  }
  return map.get(key);
}

/** name, code, source, default, choices, since, until, more: tab separated, empty tail dropped. */
export function encodeKey(spec, tables) {
  const code =
    spec.kinds.map((kind) => LETTER[kind]).join('') +
    (spec.nullable ? '?' : '') +
    (spec.required ? '!' : '') +
    (spec.open ? '+' : '') +
    (spec.flag ? '-' : '') +
    (spec.rare ? '*' : '');
  const [file, line] = splitSource(spec.source);
  const more = {};
  if (spec.aliases.length > 0) more.aliases = spec.aliases;
  if (spec.gone) more.gone = spec.gone;
  if (spec.extendedBy) more.extendedBy = spec.extendedBy;
  if (spec.nested) more.nested = spec.nested;
  if (spec.deprecated !== undefined) more.deprecated = spec.deprecated;
  return trim([
    spec.name,
    code,
    spec.source === '' ? '' : `${tables.file(file)}${line === '' ? '' : `:${line}`}`,
    spec.computed || spec.required ? '' : JSON.stringify(spec.default),
    spec.choices.length > 0 ? tables.choice(spec.choices) : '',
    spec.since ?? '',
    spec.until ?? '',
    Object.keys(more).length > 0 ? JSON.stringify(more) : '',
  ]);
}

export function encodeGone(gone) {
  return trim([gone.name, gone.until, gone.now ?? '', gone.note ?? '']);
}

function trim(cells) {
  while (cells.at(-1) === '') cells.pop();
  return cells.join('\t');
}

function splitSource(source) {
  const at = source.lastIndexOf(':');
  return at > 0 ? [source.slice(0, at), source.slice(at + 1)] : [source, ''];
}

/**
 * Splits rows that several scopes share into groups, so that each row is written once:
 * rows with the same set of scopes form one group.
 */
export function group(lists) {
  const owners = new Map();
  lists.forEach((rows, scope) => {
    for (const row of rows) owners.set(row, [...(owners.get(row) ?? []), scope]);
  });
  const groups = new Map();
  for (const [row, scopes] of owners) {
    const id = scopes.join(',');
    groups.set(id, [...(groups.get(id) ?? []), row]);
  }
  const ids = [...groups.keys()];
  return {
    groups: ids.map((id) => groups.get(id).sort()),
    members: lists.map((_, scope) =>
      ids.flatMap((id, index) => (id.split(',').includes(String(scope)) ? [index] : [])),
    ),
  };
}

export { kindOf };
