import type { Call, ClassFields, Document, Node } from '../../syntax/document.ts';
import type { Section } from '../framework.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';

/** A class of arguments that a program fills in from its command line. */
export interface ParsedArguments {
  /** `HfArgumentParser((ModelArguments, TrainingArguments))`. */
  readonly parser: Call;
  /** The class of the library: `TrainingArguments`, `SFTConfig`. */
  readonly base: string;
  /** The program's own class on top of it, with defaults of its own. */
  readonly fields?: ClassFields;
}

const PARSER = /^(?:\w*ArgumentParser|\w*ArgParser|TrlParser)$/;

/** The classes of arguments that a program parses, as far as `isKnown` knows what they are made of. */
export function parsedArguments(
  document: Document,
  isKnown: (base: string) => boolean,
): readonly ParsedArguments[] {
  const own = document.units.filter((unit): unit is ClassFields => unit.kind === 'class');
  return parsersIn(document).flatMap((parser) =>
    classNames(parser).flatMap((path) => {
      const name = path?.replace(/.*\./, '');
      if (name === undefined) return [];
      const fields = own.find((one) => one.name === name);
      const base = fields === undefined ? name : fields.bases.find(isKnown);
      if (base === undefined || !isKnown(base)) return [];
      return { parser, base, ...(fields && { fields }) };
    }),
  );
}

function parsersIn({ units }: Document): readonly Call[] {
  return units.filter((unit): unit is Call => unit.kind === 'call' && PARSER.test(unit.callee));
}

/** The classes that a program's parsers fill in, as the program names them; `undefined` for what is no name. */
export function parserClasses(document: Document): readonly (string | undefined)[] {
  return parsersIn(document).flatMap(classNames);
}

/** The names in `((A, B))`, `([A, B])` or `(A)`, with their modules. */
function classNames({ positional, entries }: Call): readonly (string | undefined)[] {
  const given = positional[0] ?? entries.find(({ key }) => key === 'dataclass_types')?.value;
  const items: readonly Node[] = given?.kind === 'list' ? given.items : given ? [given] : [];
  return items.map((item) => {
    const path = item.kind === 'opaque' ? item.text.replace(/\s+/g, '') : '';
    return /^[\w.]+$/.test(path) ? path : undefined;
  });
}

/**
 * The arguments as a section: the defaults that the program's own class gives to options of the
 * library's, or none. Its other fields are its own business.
 */
export function parsedSection(document: Document, one: ParsedArguments, known: Scope): Section {
  const scope: Scope = { ...known, unknown: 'open', gone: [] };
  const file = document.file.path;
  const rest = { file, document, scope, leftover: [], path: [] };
  if (one.fields === undefined) return { ...rest, unit: one.parser, entries: [], implied: true };
  const entries = one.fields.entries.filter(({ key }) => findKey(known, key) !== undefined);
  return { ...rest, unit: one.fields, entries };
}
