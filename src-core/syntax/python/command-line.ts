import type { Span } from '../../text/span.ts';
import type { Node, Scalar, ScalarNode } from '../document.ts';
import type { Argument, Arguments } from './arguments.ts';

/** Flags that a command gives to a program, without dashes in front, `_` for `-` within. */
export interface Flags {
  readonly given: ReadonlyMap<string, GivenFlag>;
  /** The file of the command. */
  readonly file: string;
  /** There may be more than is seen. */
  readonly isOpen: boolean;
  /** There are words without a flag. */
  readonly hasWords: boolean;
}

/** What a command gives behind one flag. */
export interface GivenFlag {
  /** `null` for a flag by itself, `undefined` for what is not known. */
  readonly text: string | null | undefined;
  /** Where the text stands, or the flag. */
  readonly span: Span;
  /** Given as `--no-fp16`. */
  readonly off?: boolean;
}

/** What a program takes on its command line, and what it is given there where that is known. */
export interface CommandLine {
  readonly arguments: Arguments;
  readonly flags?: Flags | undefined;
}

/** What a program takes, with what a command gives under the full names of its flags. */
export function commandLine(taken: Arguments | undefined, flags?: Flags): CommandLine | undefined {
  if (taken === undefined || flags === undefined) return taken && { arguments: taken };
  const given = new Map<string, GivenFlag>();
  let isOpen = flags.isOpen || (taken.fires && flags.hasWords);
  for (const [key, flag] of flags.given) {
    const name = nameOf(key, taken);
    if (name !== undefined) given.set(name, flag);
    else {
      const on = /^no_?(.+)$/.exec(key)?.[1] ?? '';
      if (taken.flags.has(on)) given.set(on, { ...flag, off: true });
      else isOpen = true;
    }
  }
  return { arguments: taken, flags: { ...flags, given, isOpen } };
}

function nameOf(key: string, { flags, abbreviates }: Arguments): string | undefined {
  if (flags.has(key)) return key;
  const begun = abbreviates ? [...flags].filter((flag) => flag.startsWith(key)) : [];
  return begun.length === 1 ? begun[0] : undefined;
}

/**
 * The value of an argument at `where` it is used, with the default that is `said`; `undefined` where it is
 * not known.
 */
export function argumentNode(
  argument: Argument,
  where: Span,
  said: Node | undefined,
  flags: Flags | undefined,
): Node | undefined {
  const name = argument.flags.findLast((one) => flags?.given.has(one));
  const given = name === undefined ? undefined : flags?.given.get(name);
  if (flags && given) {
    const value = givenValue(given, argument);
    if (value === undefined) return undefined;
    const origin = { is: 'given', file: flags.file, span: given.span } as const;
    return { ...scalarOf(value), span: where, argument: origin };
  }
  const is = flags === undefined || flags.isOpen ? 'default' : 'kept';
  const kept = said === undefined ? unsaid(argument) : converted(argument, said);
  // None stands for what is to be given, or worked out.
  if (kept === undefined || (kept.value === null && is === 'default')) return undefined;
  return { ...kept, span: where, argument: { is } };
}

function givenValue({ text, off }: GivenFlag, argument: Argument): Scalar | undefined {
  if (off) return argument.by !== 'argparse' || argument.either ? false : undefined;
  return text === undefined ? undefined : typed(text, argument);
}

/** Without a default: None, or the opposite of what the flag stores. */
function unsaid({ stores }: Argument) {
  return scalarOf(stores === undefined ? null : !stores);
}

/** argparse puts a default that is a text through the type as well. */
function converted(argument: Argument, said: Node): Omit<ScalarNode, 'span'> | undefined {
  if (said.kind !== 'scalar') return undefined;
  const { via = said.span, ...here } = said;
  const { value } = here;
  // A place in another module is none that a fix of the program may change.
  const at = argument.home === undefined ? { via } : {};
  if (typeof value !== 'string' || argument.by !== 'argparse') return { ...here, ...at };
  const other = typed(value, argument);
  return other === undefined ? undefined : { ...scalarOf(other), ...at };
}

function scalarOf(value: Scalar) {
  const text = value === null ? 'None' : value === true ? 'True' : value === false ? 'False' : '';
  const quoted = typeof value === 'string';
  return { kind: 'scalar', text: text || String(value), value, quoted } as const;
}

/** What a text of the command line becomes; `undefined` where a function of one's own decides. */
function typed(
  text: string | null,
  { type, stores, either, other, by }: Argument,
): Scalar | undefined {
  if (other) return undefined;
  if (text === null) {
    if (stores !== undefined) return stores;
    if (either) return true;
    return by === 'fire' || /\bbool\b/.test(type ?? '')
      ? by === 'argparse'
        ? undefined
        : true
      : undefined;
  }
  if (stores !== undefined) return undefined;
  if (by === 'fire') return literalOf(text);
  const name = /^(?:(?:typing\.)?Optional\[)?(int|float|str|bool)\]?(?:\s*\|\s*None)?$/.exec(
    type ?? 'str',
  )?.[1];
  switch (name) {
    case 'str':
      return text;
    case 'int':
    case 'float': {
      const number = Number(text);
      return text.trim() === '' || Number.isNaN(number) ? undefined : number;
    }
    case 'bool':
      // `bool("False")` is true.
      return by === 'argparse' ? text !== '' : boolOf(text);
    default:
      return undefined;
  }
}

/** What HfArgumentParser makes of a text for a field that is true or false. */
function boolOf(text: string): boolean | undefined {
  if (/^(?:yes|true|t|y|1)$/i.test(text)) return true;
  return /^(?:no|false|f|n|0)$/i.test(text) ? false : undefined;
}

/** What Fire makes of a text: a literal of Python where it is one. */
function literalOf(text: string): Scalar | undefined {
  if (text === 'None') return null;
  if (/^(?:True|False)$/.test(text)) return text === 'True';
  if (/^[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(text))
    return Number(text.replaceAll('_', ''));
  return /^[[({"']/.test(text) ? undefined : text;
}
