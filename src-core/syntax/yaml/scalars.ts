import type { Scalar } from '../document.ts';

// The implicit resolvers of PyYAML's SafeLoader (YAML 1.1), pyyaml 6.0, yaml/resolver.py.
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;
const SPECIAL_FLOAT = /^(?:([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const INT = /^([-+]?)(?:0b([0-1_]+)|0x([0-9a-fA-F_]+)|0([0-7_]+)|(0|[1-9][0-9_]*))$/;

/**
 * What PyYAML makes of a plain scalar: `1e-5` and `1.0e5` stay strings (a float needs a dot, an
 * exponent its sign), `yes` is true, `010` is 8, `0o10` a string. Dates stay text.
 */
export function resolvePlain(text: string): Scalar {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  const int = INT.exec(text);
  if (int !== null) return integer(int);
  if (FLOAT.test(text)) return Number(text.replaceAll('_', ''));
  const special = SPECIAL_FLOAT.exec(text);
  if (special !== null) {
    if (special[1] === undefined) return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return SEXAGESIMAL.test(text) ? sexagesimal(text) : text;
}

/** What an explicit tag such as `!!float` makes of the text; other tags leave it text. */
export function resolveTagged(tag: string, text: string): Scalar {
  switch (tag.replace(/^(?:!!|tag:yaml\.org,2002:)/, '')) {
    case 'int':
    case 'float': {
      const number = Number(text.replaceAll('_', ''));
      return Number.isNaN(number) ? text : number;
    }
    case 'bool':
      return TRUE.test(text) || (FALSE.test(text) ? false : text);
    case 'null':
      return null;
    default:
      return text;
  }
}

function integer([, sign, binary, hex, octal, decimal]: RegExpExecArray): Scalar {
  const [digits, base] =
    binary !== undefined
      ? [binary, 2]
      : hex !== undefined
        ? [hex, 16]
        : octal !== undefined
          ? [octal, 8]
          : [decimal ?? '0', 10];
  const value = Number.parseInt(digits.replaceAll('_', ''), base);
  return sign === '-' ? -value : value;
}

/** `1:30` is 90: base 60, as YAML 1.1 had it. */
function sexagesimal(text: string): Scalar {
  const negative = text.startsWith('-');
  const parts = text.replace(/^[-+]/, '').replaceAll('_', '').split(':');
  const value = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
  return negative ? -value : value;
}
