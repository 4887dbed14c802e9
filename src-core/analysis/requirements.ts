/**
 * What a file asks for, in pip's words: without comments, and of a `setup.py` without its extras, unless `extras`
 * are asked for, too.
 */
export function requirementsIn(file: string, text: string, extras = false): string {
  const plain = text.replace(EDITABLE, '$1').replace(/(^|\s)#.*$/gm, '$1');
  if (file === 'setup.py')
    return extras ? plain : [...plain.matchAll(REQUIRED)].map(([list]) => list).join('\n');
  if (/\.ya?ml$/i.test(file)) return plain.replace(CONDA, condaAsPip);
  return /^(?:pyproject\.toml|Pipfile)$/.test(file) ? tablesAsPip(plain) : plain;
}

/** `# Editable install with no version control (trl==0.15.0.dev0)`: `pip freeze` says so of a folder that is installed. */
const EDITABLE = /^# Editable .*\(([\w.-]+==[\w.+]+)\).*$/gm;

/** What is installed in any case; `_deps` is the table that transformers' own `setup.py` takes releases from. */
const REQUIRED = /\b(?:install_requires|_deps)\s*=\s*\[(?:"[^"\n]*"|'[^'\n]*'|[^[\]"'])*\]/g;

/** `- conda-forge::name=1.2.3=build`. */
const CONDA = /^([ \t]*-[ \t]*["']?)(?:[\w-]+::)?([\w.-]+)=(\d+(?:\.\w+)*)(=[\w.*]+)?/gm;

/** A single `=` takes any release that begins so: the whole number is one, `4.49` is not. */
function condaAsPip(
  _: string,
  start: string,
  name: string,
  version: string,
  build?: string,
): string {
  const isWhole = build !== undefined || version.split('.').length > 2;
  return `${start}${name}==${version}${isWhole ? '' : '.*'}`;
}

/** Tables whose keys are packages: those of poetry, of uv's sources, and of a `Pipfile`. */
const TABLE =
  /^\[(?:tool\.poetry\.(?:[\w.-]+\.)?(?:dev-)?dependencies|tool\.uv\.sources|(?:dev-)?packages)\]/;

function tablesAsPip(text: string): string {
  const tables = text.split(/^(?=\[)/m);
  return tables
    .map((table) =>
      TABLE.test(table) ? table.replace(FROM_GIT, gitAsPip).replace(NAMED, namedAsPip) : table,
    )
    .join('');
}

/** `name = "^1.2"` and `name = { version = "1.2.3", optional = true }`. */
const NAMED =
  /^[ \t]*["']?([\w.-]+)["']?[ \t]*=[ \t]*(?:\{[^\n]*?\bversion[ \t]*=[ \t]*)?["']([^"'\n]*)["'].*$/gm;

/** A version by itself is that one alone (https://python-poetry.org/docs/dependency-specification/). */
function namedAsPip(_: string, name: string, range: string): string {
  return name + range.replace(/^=?(?=\d)/, '==');
}

/** `name = { git = "https://...", rev = "..." }`. */
const FROM_GIT =
  /^[ \t]*["']?([\w.-]+)["']?[ \t]*=[ \t]*\{[^\n]*?\bgit[ \t]*=[ \t]*["']([^"'\n]+)["'](?:[^\n]*?\b(?:rev|tag|branch)[ \t]*=[ \t]*["']([^"'\n]+)["'])?.*$/gm;

function gitAsPip(_: string, name: string, from: string, at?: string): string {
  return `${name} @ git+${from}${at === undefined ? '' : `@${at}`}`;
}
