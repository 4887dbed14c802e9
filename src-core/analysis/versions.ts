import type { Ceiling } from '../frameworks/releases.ts';
import { compareVersions } from '../frameworks/version.ts';
import { changeBetween } from '../text/change.ts';
import { ceilingOf } from './ceiling.ts';
import { type Taken, takenFromGit } from './git-tags.ts';

/** Packages by the framework id they bring, where the two differ. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  swift: ['ms-swift', 'ms_swift'],
  llamafactory: ['llamafactory', 'llama-factory'],
};

/** The names of the package that brings a framework, or has the name itself. */
export function namesOf(name: string): readonly string[] {
  return PACKAGES[name] ?? [name];
}

/** Whether it may be of whatever release. */
export function isUnsure({ release, newest }: Taken): boolean {
  return release === undefined && !newest;
}

/** A command that installs, with the lines that it goes on in, also as a notebook's JSON spells them. */
const INSTALL = /\b(?:pip3?[ \t]+install|uv[ \t]+add)\b(?:\\\\\\n",\s*"|\\\r?\n|[^\n])*/g;

/** The commands that install something; in a notebook's JSON their lines end with `\n`, spelled out. */
export function commandsIn(text: string): readonly string[] {
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

/** The version of a package that comments name: `# trl == 0.4.7`. `installs` is what `installsIn` gives. */
export function notedVersion(name: string, installs: string): string | undefined {
  return pinned((installs.match(NOTE) ?? []).join('\n'), name);
}

/** The newest release that the text itself may install (`!pip install "trl<0.13"`). */
export function installedCeiling(name: string, text: string): Ceiling | undefined {
  return ceilingIn(commandsIn(text).join('\n'), name);
}

/** Whether the text itself may install the package in whatever release, from a repository. */
export function installsUnsure(name: string, text: string): boolean {
  return takenFromGit(commandsIn(text).join('\n'), namesOf(name)).some(isUnsure);
}

/** Ranges of pip, and of poetry (`^1.2`). */
const RANGE = '\\s*((?:[<>=!~]=?|\\^)\\s*\\d[\\w.*+]*(?:\\s*,\\s*[<>=!~]=?\\s*\\d[\\w.*+]*)*)';

/** The ranges of a package that a text names. */
export function rangesIn(text: string, name: string): readonly string[] {
  return namesOf(name).flatMap((one) => {
    const lines = text.matchAll(new RegExp(nameIn(one) + RANGE, 'gim'));
    return [...lines].map(([, range = '']) => range);
  });
}

/** The newest release of a package that its ranges allow; of several lines, as for releases of Python, the newest of all. */
export function ceilingIn(text: string, name: string): Ceiling | undefined {
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

/** A comment that names an exact release of something. */
const NOTE = /^[ \t]*#[^\n=]*==[^\n]*/gm;

/** The commands of a text that install something, one below the other, then comments that name releases. */
export function installsIn(text: string): string {
  const commands = /install|uv[ \t]+add/.test(text) ? (text.match(INSTALL) ?? []) : [];
  return [...commands, ...(text.includes('==') ? (text.match(NOTE) ?? []) : [])].join('\n');
}

/** `[[package]]` with `name = "x"` and `version = "1.2.3"` behind it. */
export function locked(text: string, name: string): string | undefined {
  const at = text.indexOf(`name = "${name}"\n`);
  if (at < 0) return undefined;
  return /^version = "([\w.+-]+)"/m.exec(text.slice(at, at + 300))?.[1];
}

/** `name==1.2.3`, with extras, spaces or quotes around, or a release by the tag of its repository. */
export function pinned(text: string, name: string): string | undefined {
  const exact = namesOf(name).map((one) => {
    const pattern = `${nameIn(one)}\\s*==\\s*(\\d(?:[\\w.+]*[\\w+])?)(?![\\w.+]*\\*)`;
    return new RegExp(pattern, 'im').exec(text)?.[1];
  });
  const tags = takenFromGit(text, namesOf(name)).map(({ release }) => release);
  return firstOf([...exact, ...tags]);
}

/** The first that there is. */
export function firstOf<T>(found: readonly (T | undefined)[]): T | undefined {
  return found.find((one) => one !== undefined);
}

/** The name of a package with its extras, as a pattern. */
function nameIn(name: string): string {
  const plain = name.replaceAll('.', '\\.').replace(/[-_]/g, '[-_]');
  return `(?:^|["'\\s])${plain}(?:\\[[^[\\]]*\\])?`;
}
