import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Case, caseOf } from './case.ts';
import { parseMarkdown, type Section } from './markdown.ts';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** One Markdown file of cases. */
export interface Suite {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly source: string;
  readonly sections: readonly Section[];
  readonly cases: readonly Case[];
}

/** Every file below `folder` with this ending, sorted. */
export function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

/** Reads a suite; `only` is what its cases look at where they do not say. */
export function readSuite(file: string, only: readonly string[] = []): Suite {
  const source = readFileSync(path.join(root, file), 'utf8');
  const sections = parseMarkdown(source);
  const cases = sections.flatMap((section) => {
    const found = caseOf(section);
    if (found === undefined) return [];
    return [found.only.length === 0 ? { ...found, only } : found];
  });
  return { path: file, source, sections, cases };
}
