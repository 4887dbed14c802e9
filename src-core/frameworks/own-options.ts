import type { KeyProblem } from '../run/problem.ts';
import { writtenOrigin } from '../run/sourced.ts';
import type { Command, Document } from '../syntax/document.ts';
import type { Declared } from '../syntax/python/declarations.ts';
import { argumentImports } from '../syntax/python/modules.ts';
import { declarationsOf } from '../syntax/python/python.ts';
import { filesOf, scriptOf } from './command-script.ts';
import type { AdapterContext } from './framework.ts';
import { isOwnScript, lessSureOfScripts } from './key-problem.ts';
import type { OptionTable, WrittenOption } from './options.ts';
import { isLibrarys } from './python/origin.ts';
import { parserClasses } from './python/parsed.ts';
import { findKey } from './resolve-key.ts';
import { hfScope } from './transformers/scopes.ts';
import { trlScope } from './trl/scopes.ts';

/**
 * Who takes an option that a script is given: a class or call of the script's own, or none but the library's
 * classes, so that a name which they have dropped stops it. `unknown`: the script is not read, or not all of it.
 */
export type Taker = 'script' | 'library' | 'unknown';

/** What gives the files that a command names, and the modules of a program. */
export type Files = Pick<AdapterContext, 'file' | 'module'>;

/** Who takes an option of a run; a file that no command hands over may be any script's. */
export function takerOf(
  { entry, section }: WrittenOption,
  { sections }: OptionTable,
  context: Files,
): Taker {
  const command = sections.find(({ unit }) => unit.kind === 'command')?.unit;
  const program =
    command?.kind === 'command' ? programOf(command, section.file, context) : undefined;
  return program === undefined
    ? 'unknown'
    : takerIn(program, entry.key.replaceAll('-', '_'), context);
}

/** The Python program that a command runs, where it is handed over. */
export function programOf(
  command: Command,
  from: string,
  context: Pick<Files, 'file'>,
): Document | undefined {
  const script = scriptOf(command);
  for (const path of script === undefined ? [] : filesOf(script)) {
    const program = context.file(path, from);
    if (program !== undefined) return program;
  }
  return undefined;
}

/**
 * What the library's own checks say of an option that is given to a script of one's own: nothing where its
 * argparse declares the option, less where that is not known.
 */
export function ofScripts(
  problem: KeyProblem,
  { entries }: OptionTable,
  context: Files,
): KeyProblem | undefined {
  const written = writtenOrigin(problem.at)?.entry;
  const option = entries.find(({ entry }) => entry === written);
  if (option === undefined || !isOwnScript(option.section)) return problem;
  const { entry, section } = option;
  const program =
    section.unit.kind === 'command' ? programOf(section.unit, section.file, context) : undefined;
  const declared = program && declarationsOf(program)?.calls;
  return declared?.has(entry.key.replaceAll('-', '_'))
    ? undefined
    : lessSureOfScripts(problem, section);
}

/** Parsers that know nothing of the library's classes: argparse, and fire. */
const OWN_PARSER = /\.parse_(?:known_)?args\s*\(|\bfire\.Fire\s*\(/;

/** Whether a command runs a program that reads its options by itself, with defaults that are not the library's. */
export function hasOwnDefaults(
  command: Command,
  from: string,
  context: Pick<Files, 'file'>,
): boolean {
  const program = programOf(command, from, context);
  if (program === undefined || !OWN_PARSER.test(program.file.text)) return false;
  return parserClasses(program).length === 0;
}

/** Ways to parse that pass over what no class takes, or that read something else. */
const PASSES =
  /\.parse_(?!(?:json|yaml)_file\b|args_(?:into_dataclasses|and_config)\s*\(\s*\))\w+\s*\(|\ballow_extra_keys\s*=\s*True/;

/** Who takes an option of a program, by the classes that it parses. */
export function takerIn(program: Document, key: string, context: Files): Taker {
  if (has(declarationsOf(program)?.calls, key)) return 'script';
  const classes = parserClasses(program);
  const takers = classes.map((name) =>
    name === undefined ? 'unknown' : takerOfClass(name, key, program, context),
  );
  if (takers.includes('script')) return 'script';
  const isWhole = takers.includes('library') && !PASSES.test(program.file.text);
  return !isWhole || takers.includes('unknown') ? 'unknown' : 'library';
}

/** Whether an argument is declared by the name, or by one that begins so, which argparse takes for it. */
function has(declared: Declared | undefined, key: string): boolean {
  return [...(declared?.keys() ?? [])].some((name) => name.startsWith(key));
}

/** Classes that build on others, and modules that import from others, are followed so far. */
const MOST = 4;

/** `library`: neither the class nor what it builds on has a field of that name any more. */
function takerOfClass(
  name: string,
  key: string,
  document: Document,
  context: Files,
  depth = 0,
): Taker {
  const declared = declarationsOf(document);
  const fields = declared?.classes.get(name);
  if (has(fields, key)) return 'script';
  const inLibrary = takerInLibrary(name, key, document);
  if (inLibrary !== undefined) return inLibrary;
  if (depth === MOST) return 'unknown';
  if (fields === undefined) return takerOfImport(name, key, document, context, depth);
  const bases = declared?.bases.get(name) ?? [];
  const takers = bases.map((base) => takerOfClass(base, key, document, context, depth + 1));
  if (takers.includes('script')) return 'script';
  return takers.includes('unknown') ? 'unknown' : 'library';
}

/** Of a class that is imported of a library; `undefined` for any other. */
function takerInLibrary(name: string, key: string, document: Document): Taker | undefined {
  const callee = name.replace(/.*\./, '');
  const scope = hfScope(callee) ?? trlScope(callee);
  const receiver = name.slice(0, -callee.length).replace(/\.$/, '');
  if (scope === undefined || !isLibrarys(document, { callee, receiver })) return undefined;
  const spec = findKey(scope, key);
  return spec === undefined || spec.until !== undefined ? 'library' : 'script';
}

/** Of a class that a module beside the program declares. */
function takerOfImport(
  name: string,
  key: string,
  document: Document,
  context: Files,
  depth: number,
): Taker {
  const found = argumentImports(document.file.text).find(({ names }) => names.has(name));
  const there = found?.names.get(name);
  if (found === undefined || there === undefined) return 'unknown';
  const module = context.module(found.path, document);
  return module === undefined ? 'unknown' : takerOfClass(there, key, module, context, depth + 1);
}
