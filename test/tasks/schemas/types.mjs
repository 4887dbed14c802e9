// Python type expressions as the frameworks write them -> kinds, nullability, closed choices.

const NAMED = new Map(
  Object.entries({
    bool: 'bool',
    boolean: 'bool',
    int: 'int',
    integer: 'int',
    PositiveInt: 'int',
    NonNegativeInt: 'int',
    float: 'float',
    str: 'string',
    string: 'string',
    Path: 'string',
    'torch.dtype': 'string',
    list: 'list',
    List: 'list',
    tuple: 'list',
    Tuple: 'list',
    set: 'list',
    Iterable: 'list',
    Sequence: 'list',
    dict: 'dict',
    Dict: 'dict',
    dictionary: 'dict',
    Mapping: 'dict',
    Any: 'any',
    object: 'any',
    Callable: 'any',
  }),
);

/** Splits at `separator` outside brackets and quotes. */
function splitTop(text, separator) {
  const parts = [];
  let depth = 0;
  let quote = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === "'" || c === '"') quote = c;
    else if (c === '[' || c === '(' || c === '{') depth++;
    else if (c === ']' || c === ')' || c === '}') depth--;
    else if (depth === 0 && c === separator) {
      parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts.filter((part) => part !== '');
}

function literalValue(text) {
  if (text === 'None') return null;
  if (text === 'True') return true;
  if (text === 'False') return false;
  if (/^['"]/.test(text)) return text.slice(1, -1);
  return Number(text);
}

export function kindOf(value) {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? 'list' : value === null ? 'any' : 'dict';
}

/** Adds what `text` admits to `out`: {kinds, nullable, literals, plain (kinds not from literals)}. */
function walk(text, out, choices) {
  const parts = splitTop(text, '|');
  if (parts.length > 1) {
    for (const part of parts) walk(part, out, choices);
    return;
  }
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(text);
  if (quoted) return walk(quoted[1] ?? quoted[2], out, choices);
  if (text === 'None') {
    out.nullable = true;
    return;
  }
  const generic = /^([\w.]+)\[(.*)\]$/s.exec(text);
  const name = generic ? generic[1] : text;
  if (generic && name === 'Optional') {
    out.nullable = true;
    return walk(generic[2], out, choices);
  }
  if (generic && name === 'Union') {
    for (const part of splitTop(generic[2], ',')) walk(part, out, choices);
    return;
  }
  if (generic && name === 'Annotated') return walk(splitTop(generic[2], ',')[0], out, choices);
  if (generic && name === 'Literal') {
    for (const part of splitTop(generic[2], ',')) {
      const value = literalValue(part);
      if (value === null) out.nullable = true;
      else {
        out.literals.push(value);
        add(out.kinds, kindOf(value));
      }
    }
    return;
  }
  const kind = NAMED.get(name);
  if (kind === undefined && choices.length > 0) {
    out.enumerated = true;
    for (const choice of choices) add(out.kinds, kindOf(choice));
    return;
  }
  const known = kind ?? classKind(name);
  add(out.kinds, known);
  add(out.plain, known);
}

const classKind = (name) =>
  /(Config|Args|Arguments|Type|Dataset|Scaling|Group|Params)$/.test(name) ? 'dict' : 'any';

function add(list, item) {
  if (!list.includes(item)) list.push(item);
}

/**
 * @param {string | null} type the annotation, null when there is none
 * @param {unknown} value the default
 * @param {unknown[]} choices the allowed values that the extraction names
 */
export function readType(type, value, choices) {
  const out = { kinds: [], plain: [], literals: [], nullable: value === null, enumerated: false };
  if (type === null || type === 'None' || type === 'NoneType' || type === '') {
    add(out.kinds, value === undefined ? 'any' : kindOf(value));
    if (value === null || value === undefined) out.nullable = true;
    // Without an annotation the default only hints at the type.
    add(out.kinds, 'any');
  } else walk(type, out, choices);
  if (out.kinds.length === 0) out.kinds.push('any');
  return out;
}
