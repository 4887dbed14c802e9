/** Files beside a config that say which releases are in use, the most exact first. */
export const PIN_FILES = [
  'uv.lock',
  'poetry.lock',
  'requirements-train.txt',
  'requirements.txt',
  'requirement.txt',
  'pyproject.toml',
  'environment.yml',
  'environment.yaml',
  'setup.py',
] as const;

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
