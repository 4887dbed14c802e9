import type { Document, Entry } from '../../syntax/document.ts';
import { localModules } from '../../syntax/python/modules.ts';
import type { AdapterContext } from '../framework.ts';
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

/** Whether a program imports Unsloth, or a module of its own does that, or may do it. */
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
  return found.includes('certain') ? 'certain' : found[0];
}

/** Whether an option is none that every release takes: then it matters who takes it. */
export function hasOdd(entries: readonly Entry[], scope: Scope): boolean {
  return entries.some(({ key }) => {
    const spec = findKey(scope, key);
    return spec === undefined || spec.until !== undefined;
  });
}
