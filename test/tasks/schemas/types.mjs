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
function walk(text, out, hasChoices) {
  const parts = splitTop(text, '|');
  if (parts.length > 1) {
    for (const part of parts) walk(part, out, hasChoices);
    return;
  }
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(text);
  if (quoted) return walk(quoted[1] ?? quoted[2], out, hasChoices);
  if (text === 'None') {
    out.nullable = true;
    return;
  }
  const generic = /^([\w.]+)\[(.*)\]$/s.exec(text);
  const name = generic ? generic[1] : text;
  if (generic && name === 'Optional') {
    out.nullable = true;
    return walk(generic[2], out, hasChoices);
  }
  if (generic && name === 'Union') {
    for (const part of splitTop(generic[2], ',')) walk(part, out, hasChoices);
    return;
  }
  if (generic && name === 'Annotated') return walk(splitTop(generic[2], ',')[0], out, hasChoices);
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
  const kind = NAMED.get(name) ?? classKind(name, hasChoices, out);
  add(out.kinds, kind);
  add(out.plain, kind);
}

function classKind(name, hasChoices, out) {
  if (/(Config|Args|Arguments|Type|Dataset|Scaling|Group)$/.test(name) && !hasChoices)
    return 'dict';
  if (hasChoices) {
    out.enumerated = true;
    return 'string';
  }
  return 'any';
}

function add(list, item) {
  if (!list.includes(item)) list.push(item);
}

/**
 * @param {string | null} type the annotation, null when there is none
 * @param {unknown} value the default
 * @param {boolean} hasChoices whether the extraction names the allowed values
 */
export function readType(type, value, hasChoices) {
  const out = { kinds: [], plain: [], literals: [], nullable: value === null, enumerated: false };
  if (type === null || type === 'None' || type === '') {
    add(out.kinds, value === undefined ? 'any' : kindOf(value));
    if (value === null || value === undefined) out.nullable = true;
    // Without an annotation the default only hints at the type.
    if (out.kinds[0] !== 'any' && out.kinds[0] !== 'bool') add(out.kinds, 'any');
  } else walk(type, out, hasChoices);
  if (out.kinds.length === 0) out.kinds.push('any');
  return out;
}
