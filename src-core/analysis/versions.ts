import type { Ceiling } from '../frameworks/releases.ts';
import { compareVersions } from '../frameworks/version.ts';
import { changeBetween } from '../text/change.ts';
import { ceilingOf } from './ceiling.ts';
import { PIN_FILES, requirementsIn } from './pin-files.ts';

/** Packages by the framework id they bring, where the two differ. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  swift: ['ms-swift', 'ms_swift'],
  llamafactory: ['llamafactory', 'llama-factory'],
};

function namesOf(name: string): readonly string[] {
  return PACKAGES[name] ?? [name];
}

/** A version and the file that says so. */
export interface Pin {
  readonly version: string;
  readonly file: string;
}

/**
 * The version of a framework or package that a file beside the config pins (`name==1.2.3`, or a lock
 * file's entry). Ranges pin nothing. `read` gives a file's text, if it is there.
 */
export function pinnedVersion(
  name: string,
  read: (path: string) => string | undefined,
): Pin | undefined {
  for (const file of PIN_FILES) {
    const text = read(file);
    if (text === undefined) continue;
    const isLock = file.endsWith('.lock');
    const asked = isLock ? text : requirementsIn(file, text);
    for (const one of namesOf(name)) {
      const version = isLock ? locked(asked, one) : pinned(asked, one);
      if (version !== undefined) return { version, file };
    }
  }
  return undefined;
}

const INSTALL = /\b(?:pip3?[ \t]+install|uv[ \t]+add)\b(?:\\\r?\n|[^\n])*/g;

/** The commands that install something; in a notebook's JSON their lines end with `\n`, spelled out. */
function commandsIn(text: string): readonly string[] {
  return (text.match(INSTALL) ?? []).map((command) => command.replaceAll('\\n', '\n'));
}

/**
 * The version of a package that the text itself installs (`!pip install trl==0.22.2` of a notebook
 * or a script); `undefined` where it installs none, or several.
 */
export function installedVersion(name: string, text: string): string | undefined {
  const found = new Set<string>();
  for (const command of commandsIn(text))
    for (const one of namesOf(name)) {
      const version = pinned(command, one);
      if (version !== undefined) found.add(version);
    }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/**
 * The newest release of a package that a file beside the config allows: `name<=1.2.3`,
 * `name>=1,<2`, `name~=1.2`. Where it has several lines for one package, as for releases of Python,
 * the newest of all.
 */
export function allowedCeiling(
  name: string,
  read: (path: string) => string | undefined,
): Ceiling | undefined {
  for (const file of PIN_FILES) {
    const text = file.endsWith('.lock') ? undefined : read(file);
    const found = text === undefined ? undefined : ceilingIn(requirementsIn(file, text), name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The newest release that the text itself may install (`!pip install "trl<0.13"`). */
export function installedCeiling(name: string, text: string): Ceiling | undefined {
  return ceilingIn(commandsIn(text).join('\n'), name);
}

/** Ranges of pip, and of poetry (`name = "^1.2"`). */
const RANGE =
  '(?:\\s*=\\s*(?:\\{\\s*version\\s*=\\s*)?["\'])?\\s*((?:[<>=!~]=?|\\^)\\s*\\d[\\w.*+]*(?:\\s*,\\s*[<>=!~]=?\\s*\\d[\\w.*+]*)*)';

function ceilingIn(text: string, name: string): Ceiling | undefined {
  const ranges = namesOf(name).flatMap((one) => {
    const lines = text.matchAll(new RegExp(nameIn(one) + RANGE, 'gim'));
    return [...lines].map(([, range = '']) => ceilingOf(range));
  });
  return ranges.reduce(
    (a, b) => (a && b && compareVersions(a.version, b.version) < 0 ? b : a && b && a),
    ranges[0],
  );
}

/** Whether the text itself installs the package, in whichever release. */
export function isInstalled(name: string, text: string): boolean {
  return [...text.matchAll(INSTALL)].some(([command]) =>
    namesOf(name).some((one) => new RegExp(`${nameIn(one)}(?![\\w.-])`, 'i').test(command)),
  );
}

/** Whether two texts install the same: every run of a script may depend on what it installs. */
export function sameInstalls(before: string, after: string): boolean {
  const earlier = last.text === before ? last.installs : installsIn(before);
  const change = earlier === '' ? changeBetween(before, after) : undefined;
  // Where nothing was installed, only the edit can have begun to.
  const edited =
    change &&
    after.slice(Math.max(0, change.start - REACH), change.start + change.text.length + REACH);
  last = { text: after, installs: installsIn(edited ?? after) };
  return last.installs === earlier;
}

/** How far the words of a command that installs lie apart, in UTF-16 units. */
const REACH = 200;

/** What is asked of a text is asked of it once more after the next edit. */
let last = { text: '', installs: '' };

/** The commands of a text that install something, one below the other. */
export function installsIn(text: string): string {
  return /install|uv[ \t]+add/.test(text) ? (text.match(INSTALL) ?? []).join('\n') : '';
}

/** `[[package]]` with `name = "x"` and `version = "1.2.3"` behind it. */
function locked(text: string, name: string): string | undefined {
  const at = text.indexOf(`name = "${name}"\n`);
  if (at < 0) return undefined;
  return /^version = "([\w.+-]+)"/m.exec(text.slice(at, at + 300))?.[1];
}

/** `name==1.2.3`, with extras, spaces or quotes around. */
function pinned(text: string, name: string): string | undefined {
  return new RegExp(`${nameIn(name)}\\s*==\\s*(\\d[\\w.+]*)(?![\\w.+]*\\*)`, 'im').exec(text)?.[1];
}

/** The name of a package with its extras, as a pattern. */
function nameIn(name: string): string {
  const plain = name.replaceAll('.', '\\.').replace(/[-_]/g, '[-_]');
  return `(?:^|["'\\s])${plain}(?:\\[[^\\]]*\\])?`;
}
