import type { SyntaxNode } from '@lezer/common';
import type { Names } from './constants.ts';
import { type Declarations, type Declared, noterOf } from './declarations.ts';

/** An argument that the program takes on its command line. */
export interface Argument {
  /** `--learning_rate` and its other names, without dashes in front, `_` for `-` within. */
  readonly flags: readonly string[];
  /** What counts where the command line says nothing; absent: None, or it must be given. */
  readonly fallback?: SyntaxNode;
  /** The function or type that the text is put through: `int`, `float`, `str`, `Optional[int]`. */
  readonly type?: string;
  /** `store_true` and `store_false`: the flag by itself is the value. */
  readonly stores?: boolean;
  /** `--fp16` and `--no-fp16`. */
  readonly either?: boolean;
  /** Takes several words, or does something of its own. */
  readonly other?: boolean;
  /** What reads its default, where another module declares it. */
  readonly home?: Home;
  /** Who reads the text. */
  readonly by: 'argparse' | 'dataclass' | 'fire';
}

/** A text and the names in it. */
export interface Home {
  readonly text: string;
  readonly names: Names;
}

/** Where a program reads its arguments, as far as it shows. */
export interface Arguments {
  /** The names of all flags, as in `Argument.flags`. */
  readonly flags: ReadonlySet<string>;
  /** Whether words without a flag are arguments as well. */
  readonly fires: boolean;
  /** Whether the beginning of a flag stands for it where no other begins so. */
  readonly abbreviates: boolean;
  /** The argument behind `args.learning_rate`, at that use. */
  attribute(owner: string, name: string, use: SyntaxNode): Argument | undefined;
  /** The argument behind a parameter of the function that `fire` calls. */
  parameter(name: string, use: SyntaxNode): Argument | undefined;
}

const READS = /\.parse_(?:known_)?args\s*\(|\bparse_args_into_dataclasses\s*\(|\bfire\.Fire\s*\(/;
/** Arguments that differ by subcommand, are read from elsewhere, or from a list in the text. */
const BEYOND =
  /\badd_subparsers\s*\(|\bargs_filename\s*=|\.parse_(?:known_)?args\s*\(\s*(?!\)|argv\b|args\b|args\s*=|sys\.argv\b|None\b|unknown\b)|\bnamespace\s*=/;

/** Whether a text reads arguments, or what it imports may do so. */
export function takesArguments(text: string, imports: boolean): boolean {
  return (imports || READS.test(text)) && isPlain(text);
}

/** Whether what a text declares can be told from it alone. */
export function isPlain(text: string): boolean {
  return !BEYOND.test(text);
}

/** A module that a program imports names of. */
export interface Module extends Home {
  readonly declared: Declarations;
  /** Its names by those that they have in the program. */
  readonly imported: ReadonlyMap<string, string>;
}

/** The arguments of a program, declared by itself and by its modules; `undefined` where it reads none. */
export function argumentsOf(own: Declarations, modules: readonly Module[]): Arguments | undefined {
  const handing = modules.filter(({ declared, imported }) =>
    [...imported.values()].some((name) => declared.spaces.hands(name)),
  );
  const spaces = modules.length === 0 ? own.spaces : own.spaces.joined(modules);
  if (!spaces.isHanded && !READS.test(own.text)) return undefined;
  const found: Declared = new Map();
  const add = (some: Declared | undefined, home?: Home): void => {
    for (const [name, one] of some ?? [])
      if (one === null) found.set(name, null);
      else noterOf(found)(name, home === undefined ? one : { ...one, home });
  };
  add(own.calls);
  for (const name of own.parsed) add(own.classes.get(name));
  for (const module of modules) {
    const { declared, imported } = module;
    const names = new Set(
      [...imported].flatMap(([here, there]) => (own.parsed.has(here) ? there : [])),
    );
    if (handing.includes(module)) {
      add(declared.calls, module);
      for (const name of declared.parsed) names.add(name);
    }
    for (const name of names) add(declared.classes.get(name), module);
  }
  const { fired, main, parameters } = own;
  const all = [...found.values(), ...parameters.values()].filter((one) => one !== null);
  const texts = [own, ...handing].map(({ text }) => text);
  return {
    flags: new Set(all.flatMap(({ flags }) => flags)),
    fires: fired !== undefined,
    abbreviates: !texts.some((text) => /\ballow_abbrev\s*=\s*False/.test(text)),
    attribute(owner, name, use) {
      return spaces.holds(owner, name, use) ? (found.get(name) ?? undefined) : undefined;
    },
    parameter(name, use) {
      const inside = main !== undefined && main.from < use.from && use.to <= main.to;
      return inside ? parameters.get(name) : undefined;
    },
  };
}
