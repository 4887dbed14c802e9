import type { Ceiling } from '../frameworks/releases.ts';
import { takenFromGit } from './git-tags.ts';
import { ownFilesOf, ownRelease } from './own-release.ts';
import {
  DEMANDS,
  type Kind,
  MOST_ABOVE,
  PIN_FOLDERS,
  pathAbove,
  pinPlace,
  shownPath,
} from './pin-files.ts';
import { requirementsIn } from './requirements.ts';
import {
  ceilingIn,
  commandsIn,
  firstOf,
  isUnsure,
  locked,
  namesOf,
  pinned,
  rangesIn,
} from './versions.ts';

/** A version and the file that says so. */
export interface Pin {
  readonly version: string;
  readonly file: string;
  /** Whether it may lie a little before that release, or behind it: a copy of the source, or a file of many. */
  readonly near?: boolean;
}

/** What files ask for: an exact release, and the newest of a range. */
export interface Asked {
  readonly pin?: Pin;
  readonly ceiling?: Ceiling;
  /** The file that takes a commit, a branch or a fork from a repository, of whatever release. */
  readonly unsure?: string;
}

/** What one file asks for, beside others that may ask for something else. */
export interface Said extends Asked {
  readonly file: string;
}

/** Gives a file's text, if it is there. */
type Read = (path: string) => string | undefined;
/** The paths of the files of a kind that were found in a folder, so many above. */
type Listed = (kind: Kind, above: number) => readonly string[];

/**
 * What files ask for of a framework or package: those of the nearest folder where any of them names a
 * release, an open range or a repository, or where its source lies. None is in a folder more than `most` above.
 */
export function askedFor(
  name: string,
  read: Read,
  most = MOST_ABOVE,
  listed: Listed = () => [],
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
    const others = asking(listed('*requirements*', above), name, read);
    if (others.length > 0) return agreed(others);
  }
  return {};
}

/**
 * What else names a release, though it may not be the one in use: requirements of one purpose among several,
 * extras, and what a README, an image or a notebook installs, in the nearest folder where anything asks for it.
 */
export function saidOf(
  name: string,
  read: Read,
  most = MOST_ABOVE,
  listed: Listed = () => [],
): readonly Said[] {
  for (const [above, paths] of PIN_FOLDERS.slice(0, most + 1).entries()) {
    const setup = pathAbove(above, 'setup.py');
    const found = [
      ...asking(listed('*requirements*', above), name, read),
      ...asking([setup, ...DEMANDS.map((one) => pathAbove(above, one))], name, read),
      ...asking(listed('*install*', above), name, read),
    ];
    const isAsked = paths.some((path) => askedIn(path, read(path), name) !== undefined);
    // An open end is met by the newest release, as is a package without one.
    if (isAsked || found.length > 0)
      return found.filter(({ pin, ceiling, unsure }) => pin ?? ceiling ?? unsure);
  }
  return [];
}

/** What several files ask for, if they agree: each of them may be for something else than the training. */
function agreed(said: readonly Said[]): Asked {
  const releases = new Set(said.map(({ pin, ceiling }) => pin?.version ?? ceiling?.version));
  const [first] = said;
  if (first === undefined || releases.size > 1) return {};
  const { file: _, pin, ...rest } = first;
  return { ...rest, ...(pin && { pin: { ...pin, near: true } }) };
}

/** What each of these files asks for, of those that ask for anything. */
function asking(paths: readonly string[], name: string, read: Read): readonly Said[] {
  return paths.flatMap((path) => {
    const text = read(path);
    const file = shownPath(path);
    const place = pinPlace(path);
    const parts =
      place?.wanted === '*install*'
        ? commandsIn(text ?? '')
        : [requirementsIn(place?.file ?? path, text ?? '', true)];
    return parts.flatMap((part) => {
      const said = saidIn(part, file, name);
      return said === undefined ? [] : [{ ...said, file }];
    });
  });
}

/** The file of a copy of the source, in the nearest folder, that leaves the release to others: TRL since 0.22. */
export function unnamedCopy(name: string, read: Read, most = MOST_ABOVE): string | undefined {
  for (let above = 0; above <= most; above++) {
    const found = ownFilesOf(name).map((file) => pathAbove(above, file));
    const file = found.find((one) => read(one) !== undefined);
    if (file !== undefined) return file;
  }
  return undefined;
}

function ownPin(name: string, above: number, read: Read): Pin | undefined {
  const own = ownRelease(name, namesOf(name), (file) => read(pathAbove(above, file)));
  return own && { version: own.version, file: pathAbove(above, own.file), near: true };
}

/** What one file asks for; `undefined` where it is not there, or leaves the release to others. */
function askedIn(path: string, text: string | undefined, name: string): Asked | undefined {
  if (text === undefined) return undefined;
  if (path.endsWith('.lock')) {
    const version = firstOf(namesOf(name).map((one) => locked(text, one)));
    return version === undefined ? undefined : { pin: pinOf(version, path) };
  }
  return saidIn(requirementsIn(pinPlace(path)?.file ?? path, text), path, name);
}

/** What words of pip ask for, in that file. */
function saidIn(asked: string, file: string, name: string): Asked | undefined {
  const version = pinned(asked, name);
  const ceiling = ceilingIn(asked, name);
  const taken = takenFromGit(asked, namesOf(name));
  const open = rangesIn(asked, name).length > 0 || taken.length > 0;
  if (version === undefined && !open) return undefined;
  return {
    ...(version === undefined ? {} : { pin: pinOf(version, file) }),
    ...(ceiling === undefined ? {} : { ceiling }),
    ...(taken.some(isUnsure) ? { unsure: file } : {}),
  };
}

/** A release that is still to come is none that an index has: a copy of the source. */
function pinOf(version: string, file: string): Pin {
  return { version, file, ...(version.includes('dev') && { near: true }) };
}
