import { OWN_RELEASES } from './own-release.ts';

/** Files that say which releases are in use, the most exact first. */
export const PIN_FILES: readonly string[] = [
  'uv.lock',
  'poetry.lock',
  'requirements-train.txt',
  'requirements.txt',
  'requirement.txt',
  'pyproject.toml',
  'environment.yml',
  'environment.yaml',
  'setup.py',
];

const UP = '../';

/** How many folders above a config such a file is looked for in, at most. */
export const MOST_ABOVE = 10;

/** The paths of such files as a config sees them: those beside it, then folder by folder those above. */
export const PIN_FOLDERS: readonly (readonly string[])[] = Array.from(
  { length: MOST_ABOVE + 1 },
  (_, above) => PIN_FILES.map((file) => pathAbove(above, file)),
);

/** Files that pin releases, and those in which the source of a framework says its own. */
const FILES: ReadonlySet<string> = new Set([...PIN_FILES, ...OWN_RELEASES]);

/** The path of a file that lies so many folders up. */
export function pathAbove(above: number, file: string): string {
  return UP.repeat(above) + file;
}

/** How many folders up a path begins. */
export function aboveOf(path: string): number {
  return (/^(?:\.\.\/)*/.exec(path)?.[0].length ?? 0) / UP.length;
}

/** The file that such a path leads to, and how many folders up; `undefined` of any other path. */
export function pinPlace(
  path: string,
): { readonly file: string; readonly above: number } | undefined {
  const above = aboveOf(path);
  const file = path.slice(above * UP.length);
  return above <= MOST_ABOVE && FILES.has(file) ? { file, above } : undefined;
}

/** The paths to look at for one that an analysis wants: a file that pins may also lie `above` folders up. */
export function placesOf(wanted: string, above: number): readonly string[] {
  if (!FILES.has(wanted)) return [wanted];
  return Array.from({ length: above + 1 }, (_, i) => pathAbove(i, wanted));
}

/** What such a file asks for, in pip's words: without comments, and without the extras of a `setup.py`. */
export function requirementsIn(file: string, text: string): string {
  const plain = text.replace(/(^|\s)#.*$/gm, '$1');
  if (file === 'setup.py') return [...plain.matchAll(REQUIRED)].map(([list]) => list).join('\n');
  return file.startsWith('environment.') ? plain.replace(CONDA, asPip) : plain;
}

/** What is installed in any case; `_deps` is the table that transformers' own `setup.py` takes releases from. */
const REQUIRED = /\b(?:install_requires|_deps)\s*=\s*\[(?:"[^"\n]*"|'[^'\n]*'|[^\]"'])*\]/g;

/** `- conda-forge::name=1.2.3=build`. */
const CONDA = /^(\s*-\s*["']?)(?:[\w-]+::)?([\w.-]+)=(\d+(?:\.\w+)*)(=[\w.*]+)?/gm;

/** A single `=` takes any release that begins so: the whole number is one, `4.49` is not. */
function asPip(_: string, start: string, name: string, version: string, build?: string): string {
  const isWhole = build !== undefined || version.split('.').length > 2;
  return `${start}${name}==${version}${isWhole ? '' : '.*'}`;
}
