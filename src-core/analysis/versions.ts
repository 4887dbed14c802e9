import type { Ceiling } from '../frameworks/releases.ts';
import { compareVersions } from '../frameworks/version.ts';
import { changeBetween } from '../text/change.ts';
import { ceilingOf } from './ceiling.ts';
import { type Taken, takenFromGit } from './git-tags.ts';
import { ownRelease } from './own-release.ts';
import { MOST_ABOVE, PIN_FOLDERS, pathAbove, requirementsIn } from './pin-files.ts';

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
  /** Whether a copy of the source says so, which may lie before that release, or behind it. */
  readonly near?: boolean;
}

/** What files ask for: an exact release, and the newest of a range. */
export interface Asked {
  readonly pin?: Pin;
  readonly ceiling?: Ceiling;
  /** The file that takes a commit, a branch or a fork from a repository, of whatever release. */
  readonly unsure?: string;
}

/**
 * What files ask for of a framework or package: those of the nearest folder where any of them names a
 * release, an open range or a repository, or where its source lies. `read` gives a file's text, if it is there,
 * which it is in none of the folders more than `most` above.
 */
export function askedFor(
  name: string,
  read: (path: string) => string | undefined,
  most = MOST_ABOVE,
): Asked {
  for (const [above, paths] of PIN_FOLDERS.slice(0, most + 1).entries()) {
    const said = paths.map((path) => askedIn(path, read(path), name));
    const pin = firstOf(said.map((one) => one?.pin)) ?? ownPin(name, above, read);
    const ceiling = firstOf(said.map((one) => one?.ceiling));
    const unsure = pin === undefined ? firstOf(said.map((one) => one?.unsure)) : undefined;
    if (pin !== undefined || firstOf(said) !== undefined)
      return {
        ...(pin === undefined ? {} : { pin }),
        ...(ceiling === undefined ? {} : { ceiling }),
        ...(unsure === undefined ? {} : { unsure }),
      };
  }
  return {};
}

function ownPin(
  name: string,
  above: number,
  read: (path: string) => string | undefined,
): Pin | undefined {
  const own = ownRelease(name, namesOf(name), (file) => read(pathAbove(above, file)));
  return own && { version: own.version, file: pathAbove(above, own.file), near: true };
}

/** What one file asks for; `undefined` where it is not there, or leaves the release to others. */
function askedIn(path: string, text: string | undefined, name: string): Asked | undefined {
  if (text === undefined) return undefined;
  if (path.endsWith('.lock')) {
    const version = firstOf(namesOf(name).map((one) => locked(text, one)));
    return version === undefined ? undefined : { pin: { version, file: path } };
  }
  const asked = requirementsIn(path.slice(path.lastIndexOf('/') + 1), text);
  const version = pinned(asked, name);
  const ceiling = ceilingIn(asked, name);
  const taken = takenFromGit(asked, namesOf(name));
  const open = rangesIn(asked, name).length > 0 || taken.length > 0;
  if (version === undefined && !open) return undefined;
  return {
    ...(version === undefined ? {} : { pin: { version, file: path } }),
    ...(ceiling === undefined ? {} : { ceiling }),
    ...(taken.some(isUnsure) ? { unsure: path } : {}),
  };
}

function isUnsure({ release, newest }: Taken): boolean {
  return release === undefined && !newest;
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
  for (const command of commandsIn(text)) {
    const version = pinned(command, name);
    if (version !== undefined) found.add(version);
  }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/** The newest release that the text itself may install (`!pip install "trl<0.13"`). */
export function installedCeiling(name: string, text: string): Ceiling | undefined {
  return ceilingIn(commandsIn(text).join('\n'), name);
}

/** Whether the text itself may install the package in whatever release, from a repository. */
export function installsUnsure(name: string, text: string): boolean {
  return takenFromGit(commandsIn(text).join('\n'), namesOf(name)).some(isUnsure);
}

/** Ranges of pip, and of poetry (`name = "^1.2"`). */
const RANGE =
  '(?:\\s*=\\s*(?:\\{\\s*version\\s*=\\s*)?["\'])?\\s*((?:[<>=!~]=?|\\^)\\s*\\d[\\w.*+]*(?:\\s*,\\s*[<>=!~]=?\\s*\\d[\\w.*+]*)*)';

function rangesIn(text: string, name: string): readonly string[] {
  return namesOf(name).flatMap((one) => {
    const lines = text.matchAll(new RegExp(nameIn(one) + RANGE, 'gim'));
    return [...lines].map(([, range = '']) => range);
  });
}

/** The newest release of a package that its ranges allow; of several lines, as for releases of Python, the newest of all. */
function ceilingIn(text: string, name: string): Ceiling | undefined {
  const ranges = rangesIn(text, name).map(ceilingOf);
  return ranges.reduce(
    (a, b) => (a && b && compareVersions(a.version, b.version) < 0 ? b : a && b && a),
    ranges[0],
  );
}

/** Whether the text itself installs the package, in whichever release. */
export function isInstalled(name: string, text: string): boolean {
  const names = namesOf(name);
  return [...text.matchAll(INSTALL)].some(
    ([command]) =>
      takenFromGit(command, names).length > 0 ||
      names.some((one) => new RegExp(`${nameIn(one)}(?![\\w.-])`, 'i').test(command)),
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

/** `name==1.2.3`, with extras, spaces or quotes around, or a release by the tag of its repository. */
function pinned(text: string, name: string): string | undefined {
  const exact = namesOf(name).map((one) => {
    const pattern = `${nameIn(one)}\\s*==\\s*(\\d[\\w.+]*)(?![\\w.+]*\\*)`;
    return new RegExp(pattern, 'im').exec(text)?.[1];
  });
  const tags = takenFromGit(text, namesOf(name)).map(({ release }) => release);
  return firstOf([...exact, ...tags]);
}

function firstOf<T>(found: readonly (T | undefined)[]): T | undefined {
  return found.find((one) => one !== undefined);
}

/** The name of a package with its extras, as a pattern. */
function nameIn(name: string): string {
  const plain = name.replaceAll('.', '\\.').replace(/[-_]/g, '[-_]');
  return `(?:^|["'\\s])${plain}(?:\\[[^\\]]*\\])?`;
}
