import type { Document, Entry } from '../../syntax/document.ts';
import { localModules } from '../../syntax/python/modules.ts';
import type { AdapterContext } from '../framework.ts';
import { baseName } from '../launch.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';

/** Who imports Unsloth has its trainers and configs from TRL (unsloth/models/rl.py, unsloth/trainer.py). */
const IMPORTS = /^[ \t]*(?:from|import)[ \t]+unsloth\b/m;

/** Whether a program imports Unsloth itself. */
export function importsUnsloth({ file }: Document): boolean {
  return IMPORTS.test(file.text);
}

/** A module that a module imports is looked at too. */
const DEEPEST = 2;

/** `perhaps`: a module of the program that is not read may import Unsloth. */
export type Patched = 'certain' | 'perhaps';

/** Whether a program imports Unsloth, or a module of its own does that or may do it, or it is itself a module of one that does. */
export function patchedBy(
  document: Document,
  context: AdapterContext,
  depth = 0,
): Patched | undefined {
  if (importsUnsloth(document)) return 'certain';
  if (depth === DEEPEST) return undefined;
  const found = localModules(document.file.text).flatMap(({ paths, isRelative }) => {
    const read = paths.flatMap((path) => context.module(path, document) ?? []);
    if (read.length === 0) return isRelative && depth === 0 ? (['perhaps'] as const) : [];
    return read.flatMap((module) => patchedBy(module, context, depth + 1) ?? []);
  });
  if (found.includes('certain') || (depth === 0 && isOfUnsloths(document, context)))
    return 'certain';
  return found[0];
}

/** What programs of several modules begin with, as a rule, beside a module or one folder above it. */
const BEGINNINGS = ['__main__.py', 'main.py', 'train.py', 'run.py'].flatMap((one) => [
  one,
  `../${one}`,
]);

/** Whether a module is of a program that imports Unsloth, and the module. */
function isOfUnsloths(document: Document, context: AdapterContext): boolean {
  const own = baseName(document.file.path);
  return BEGINNINGS.filter((one) => one !== own).some((one) => {
    const program = context.module(one, document);
    if (program === undefined || !importsUnsloth(program)) return false;
    return localModules(program.file.text).some(({ paths }) =>
      paths.some((path) => baseName(path) === own),
    );
  });
}

/** Whether an option is none that every release takes: then it matters who takes it. */
export function hasOdd(entries: readonly Entry[], scope: Scope): boolean {
  return entries.some(({ key }) => {
    const spec = findKey(scope, key);
    return spec === undefined || spec.until !== undefined;
  });
}
