/**
 * Where the source of a framework or package says which release it is, by the name that it is asked for. ms-swift
 * since 1.0; LLaMA-Factory since 0.8, before as llmtuner; Axolotl from 0.5.3 to 0.13; TRL before 0.22. Those that are
 * mostly run from a copy may lie in a folder of their own, by the name that cloning gives it.
 */
const OWN_FILES: Readonly<Record<string, readonly string[]>> = {
  swift: ['swift/version.py', 'ms-swift/swift/version.py'],
  llamafactory: [
    'src/llamafactory/extras/env.py',
    'src/llmtuner/__init__.py',
    'LLaMA-Factory/src/llamafactory/extras/env.py',
    'LlamaFactory/src/llamafactory/extras/env.py',
  ],
  axolotl: ['src/axolotl/__init__.py'],
  trl: ['trl/__init__.py'],
  transformers: ['src/transformers/__init__.py'],
  peft: ['src/peft/__init__.py'],
  accelerate: ['src/accelerate/__init__.py'],
};

/** Axolotl since 0.14 and TRL since 0.24 keep it in a file of its own, which their project names. */
const PLAIN_FILE = 'VERSION';

/** OpenRLHF and torchtune have kept it so since their first releases: `setup.py` reads it, or its packaging. */
const TEXT_FILES: Readonly<Record<string, string>> = {
  openrlhf: 'version.txt',
  torchtune: 'version.txt',
};

/** verl has had one since its first release; it is in the package, too. */
const PLAIN_FILES: Readonly<Record<string, readonly string[]>> = {
  verl: ['verl/version/version', 'verl/verl/version/version'],
};

/** Every such file. */
export const OWN_RELEASES: readonly string[] = [
  ...Object.values(OWN_FILES).flat(),
  ...Object.values(PLAIN_FILES).flat(),
  ...Object.values(TEXT_FILES),
  PLAIN_FILE,
];

/** The folder of the copy in which such a file says the release of a framework, with a `/`; empty: that of the config. */
export function folderOfCopy(name: string, file: string): string | undefined {
  const own = [
    ...(OWN_FILES[name] ?? []),
    ...(PLAIN_FILES[name] ?? []),
    ...[TEXT_FILES[name] ?? []].flat(),
    PLAIN_FILE,
    'pyproject.toml',
    'setup.py',
  ].find((one) => file.endsWith(one));
  return own && file.slice(0, -own.length);
}

/** The files in which a copy of the source says its release, or did: where one is, a copy is. */
export function ownFilesOf(name: string): readonly string[] {
  return OWN_FILES[name] ?? [];
}

/** A version and the file that says so. */
interface Said {
  readonly version: string;
  readonly file: string;
}

/**
 * What a copy of the source of a framework, which lies in a folder, says of its release; `names` are those of its
 * package, and `read` gives a file of the folder.
 */
export function ownRelease(
  name: string,
  names: readonly string[],
  read: (file: string) => string | undefined,
): Said | undefined {
  for (const file of OWN_FILES[name] ?? []) {
    const version = IN_PYTHON.exec((read(file) ?? '').slice(0, TOP))?.[1];
    if (version !== undefined) return { version, file };
  }
  for (const file of PLAIN_FILES[name] ?? []) {
    const version = versionIn(read(file));
    if (version !== undefined) return { version, file };
  }
  const project = projectOf(read('pyproject.toml') ?? '', names);
  const beside = TEXT_FILES[name];
  const isIts = beside && (project !== undefined || (read('setup.py') ?? '').includes(name));
  const inText = isIts ? versionIn(read(beside)) : undefined;
  if (beside && inText) return { version: inText, file: beside };
  if (project !== undefined && IN_FILE.test(project)) {
    const version = versionIn(read(PLAIN_FILE));
    if (version !== undefined) return { version, file: PLAIN_FILE };
  }
  const written = VERSION.exec(project ?? '')?.[1];
  if (written !== undefined) return { version: written, file: 'pyproject.toml' };
  const setup = (read('setup.py') ?? '').replace(/(^|\s)#.*$/gm, '$1');
  const version = isNamed(setup, names) ? VERSION.exec(setup)?.[1] : undefined;
  return version === undefined ? undefined : { version, file: 'setup.py' };
}

/** It stands at the top of files that may be long, in UTF-16 units. */
const TOP = 4096;
const IN_PYTHON = /^(?:__version__|VERSION)\s*=\s*["'](\d[\w.+]*)["']/m;
const IN_FILE = /^version\s*=\s*\{\s*file\s*=\s*(?:\[\s*)?["']VERSION["']/m;
const VERSION = /(?:^|[\s(,])(?:version|__version__|VERSION)\s*=\s*["'](\d[\w.+]*)["']/m;

/** The version that is all of a file. */
function versionIn(text: string | undefined): string | undefined {
  return /^\s*(\d[\w.+]*)\s*$/.exec(text ?? '')?.[1];
}

/** The tables of a `pyproject.toml` that say what the project is, where it is the package of one of these names. */
function projectOf(text: string, names: readonly string[]): string | undefined {
  if (!names.some((name) => text.includes(name))) return undefined;
  const tables = text
    .split(/^(?=\[)/m)
    .filter((table) => /^\[(?:project|tool\.poetry|tool\.setuptools\.dynamic)\]/.test(table));
  return tables.some((table) => isNamed(table, names)) ? tables.join('') : undefined;
}

function isNamed(text: string, names: readonly string[]): boolean {
  const found = /(?:^|[\s(,])name\s*=\s*["']([\w.-]+)["']/m.exec(text)?.[1];
  return found !== undefined && names.includes(found.toLowerCase());
}
