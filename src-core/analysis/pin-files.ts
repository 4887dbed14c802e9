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

/**
 * Where LLaMA-Factory asks for releases before it starts (`check_dependencies`; the latter before 0.8): a program
 * that has a copy of it beside it has hardly others.
 */
export const DEMANDS: readonly string[] = [
  'src/llamafactory/extras/misc.py',
  'src/llmtuner/extras/misc.py',
];

/**
 * Files that are wanted by kind, as nobody knows their names beforehand: those that ask for releases like the
 * files above, in a folder `requirements` or `envs` by any name, and those with commands that install.
 */
const KINDS = {
  '*requirements*':
    /^(?:[\w.-]*(?:requirements?|constraints)[\w.-]*\.(?:txt|in|lock)|(?:requirements|reqs)\/[\w.-]+\.(?:txt|in)|envs?\/[\w.-]+\.(?:txt|ya?ml)|(?:conda|environment)[\w.-]*\.ya?ml|[\w.-]+[-_.](?:conda|environment|env)\.ya?ml|Pipfile|setup\.cfg)$/i,
  '*install*':
    /^(?:(?:readme|install|setup)[\w.-]*\.md|[\w.-]*dockerfile[\w.-]*|[\w.-]*(?:install|setup|env)[\w.-]*\.sh|.+\.ipynb)$/i,
};
export type Kind = keyof typeof KINDS;

/** Folders below one that are looked at with it. */
export const BELOW: readonly string[] = ['requirements', 'reqs', 'env', 'envs'];

/** Most files of a kind that are handed over of one folder. */
export const MOST_OF_KIND = 16;
/** The longest of them, in bytes. */
export const LONGEST_OF_KIND = 256 * 1024;

/** Whether what an analysis wants is a kind, and no path. */
export function isKind(wanted: string): wanted is Kind {
  return wanted in KINDS;
}

/** The kind of a file, by its name or by that of its folder, `requirements/`, and its name. */
export function kindOf(file: string): Kind | undefined {
  if (FILES.has(file)) return undefined;
  if (KINDS['*requirements*'].test(file)) return '*requirements*';
  return KINDS['*install*'].test(file) ? '*install*' : undefined;
}

const UP = '../';

/** Stands before the name of a file that is handed over by kind: no config writes a path so. */
const LISTED = '././';

/** How many folders above a config such a file is looked for in, at most. */
export const MOST_ABOVE = 10;

/** The paths of such files as a config sees them: those beside it, then folder by folder those above. */
export const PIN_FOLDERS: readonly (readonly string[])[] = Array.from(
  { length: MOST_ABOVE + 1 },
  (_, above) => PIN_FILES.map((file) => pathAbove(above, file)),
);

/** Files that pin releases, and those in which the source of a framework says its own, or what it demands. */
const FILES: ReadonlySet<string> = new Set([...PIN_FILES, ...OWN_RELEASES, ...DEMANDS]);

/** The path of a file that lies so many folders up. */
export function pathAbove(above: number, file: string): string {
  return UP.repeat(above) + file;
}

/** The path of a file that is handed over by kind. */
export function listedPath(above: number, file: string): string {
  return pathAbove(above, LISTED + file);
}

/** A path as it is shown. */
export function shownPath(path: string): string {
  return path.replace(LISTED, '');
}

/** How many folders up a path begins. */
export function aboveOf(path: string): number {
  return (/^(?:\.\.\/)*/.exec(path)?.[0].length ?? 0) / UP.length;
}

/** A file that says which releases are in use, or may be. */
export interface PinPlace {
  readonly file: string;
  readonly above: number;
  /** What an analysis wants it by. */
  readonly wanted: string;
}

/** The file that such a path leads to, and how many folders up; `undefined` of any other path. */
export function pinPlace(path: string): PinPlace | undefined {
  const above = aboveOf(path);
  if (above > MOST_ABOVE) return undefined;
  const file = path.slice(above * UP.length);
  if (FILES.has(file)) return { file, above, wanted: file };
  if (!file.startsWith(LISTED)) return undefined;
  const name = file.slice(LISTED.length);
  const wanted = kindOf(name);
  return wanted && { file: name, above, wanted };
}

/** Those of the paths that were handed over by kind. */
export function placesOfKinds(
  paths: Iterable<string>,
): readonly (PinPlace & { readonly path: string })[] {
  return [...paths].flatMap((path) => {
    const place = pinPlace(path);
    return place !== undefined && isKind(place.wanted) ? [{ ...place, path }] : [];
  });
}

/** The paths to look at for one that an analysis wants: a file that pins may also lie `above` folders up. */
export function placesOf(wanted: string, above: number): readonly string[] {
  if (!FILES.has(wanted)) return [wanted];
  return Array.from({ length: above + 1 }, (_, i) => pathAbove(i, wanted));
}
