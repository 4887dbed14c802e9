import path from 'node:path';
import {
  isKind,
  type Kind,
  MOST_ABOVE,
  PIN_FILES,
  pinPlace,
  placesOf,
} from '../../src-core/analysis/pin-files.ts';
import { type Analysis, analyze } from '../../src-core/index.ts';
import type { Settings } from '../../src-core/settings.ts';
import { byName } from '../../src-core/text/lazy.ts';
import type { SourceFile } from '../../src-core/text/source-file.ts';
import { aboveScripts } from '../uris.ts';
import { type Decoded, decode } from './encoding.ts';
import { readBytes } from './inputs.ts';
import { Pins } from './pins.ts';

/** What the command line adds to the settings. */
export interface CheckOptions {
  readonly settings: Settings;
  /** A version without a framework: it counts for whichever framework the file is for. */
  readonly version?: string;
  /** The paths that the command line names. */
  readonly named?: readonly string[];
}

/** A file beside the checked one, which its config names. */
export interface RelatedFile extends Decoded {
  /** As the reports show it. */
  readonly path: string;
}

/** The outcome of one file. */
export interface Checked {
  readonly analysis: Analysis;
  /** Files that the config names, by the path that the core knows them under. */
  readonly related: ReadonlyMap<string, RelatedFile>;
}

/** Where files beside a checked one come from. */
export interface Nearby {
  /** Reads a file that a config names; `undefined` when there is none. */
  read(wanted: string, from: string): RelatedFile | undefined;
  /** The paths of the files of a kind that may pin releases. */
  list(kind: Kind, from: string): readonly string[];
  /** The paths of all that `pinsAround` finds. */
  pins(from: string): readonly string[];
}

const MOST_ROUNDS = 4;
/** What nearly every run asks for: it is at hand before it does. */
const AT_HAND: ReadonlySet<string> = new Set([...PIN_FILES, '*requirements*']);

/** Reads by `read` alone, where no folder can be listed. */
export function readingBy(read: Nearby['read']): Nearby {
  const list = () => [];
  return { read, list, pins: (from) => pinsAround(from, { read, list }) };
}

/** The paths of the files there are that may pin releases, as nearly every run asks for them. */
function pinsAround(from: string, nearby: Pick<Nearby, 'read' | 'list'>): readonly string[] {
  return placesIn(AT_HAND, from, nearby).filter((one) => nearby.read(one, from) !== undefined);
}

function placesIn(
  wanted: Iterable<string>,
  from: string,
  { list }: Pick<Nearby, 'list'>,
): readonly string[] {
  return [...wanted].flatMap((one) => (isKind(one) ? list(one, from) : placesOf(one, MOST_ABOVE)));
}

/** Analyses one file, handing over the files it names until it asks for no more. */
export function checkFile(file: SourceFile, options: CheckOptions, nearby: Nearby): Checked {
  const first = analyzeWithRelated(file, options.settings, new Map(), nearby);
  const { framework } = first.analysis;
  const { version } = options;
  if (version === undefined || framework === null) return first;
  const versions = { [framework]: version, ...options.settings.versions };
  return analyzeWithRelated(file, { ...options.settings, versions }, first.related, nearby);
}

function analyzeWithRelated(
  file: SourceFile,
  settings: Settings,
  start: ReadonlyMap<string, RelatedFile>,
  nearby: Nearby,
): Checked {
  const related = new Map(start);
  const asked = new Set(start.keys());
  /** Whether one of the files that were not asked for before is there. */
  const gather = (places: readonly string[]): boolean => {
    const found = places.filter((one) => {
      const there = asked.has(one) ? undefined : nearby.read(one, file.path);
      asked.add(one);
      if (there !== undefined) related.set(one, there);
      return there !== undefined;
    });
    return found.length > 0;
  };
  gather(nearby.pins(file.path));
  for (let round = 1; ; round++) {
    const files = new Map([...related].map(([name, { text }]) => [name, text]));
    const analysis = analyze({ file, settings, files });
    const more = analysis.wanted.filter((one) => !AT_HAND.has(one));
    // Files that are not there change nothing.
    if (!gather(placesIn(more, file.path, nearby)) || round === MOST_ROUNDS)
      return { analysis, related };
  }
}

const readers = new WeakMap<CheckOptions, Nearby>();

/** The one that reads for all files of a command line. */
export function readerFor(options: CheckOptions, cwd: string): Nearby {
  const reader = readers.get(options) ?? nearbyOf(new Pins(cwd, options.named ?? []), cwd);
  readers.set(options, reader);
  return reader;
}

/**
 * Reads from the disk: beside the file first, where scripts of its folder are started, then from the working
 * folder; files that pin releases, from the folders above as well.
 */
function nearbyOf(pins: Pins, cwd: string): Nearby {
  const read: Nearby['read'] = (wanted, from) => {
    const folder = path.dirname(from);
    const pin = pinPlace(wanted);
    if (pin !== undefined) {
      const there = pins.find(folder, pin.file, pin.above);
      return there && { ...there, path: path.join(folder, wanted) };
    }
    const folders = [folder, ...aboveScripts(folder)];
    const places = [...folders.map((one) => path.join(one, wanted)), wanted];
    for (const shown of path.isAbsolute(wanted) ? [wanted] : places) {
      const data = readBytes(path.resolve(cwd, shown));
      const decoded = typeof data === 'string' ? undefined : decode(data);
      if (decoded !== undefined) return { ...decoded, path: shown };
    }
    return undefined;
  };
  const list: Nearby['list'] = (kind, from) => pins.list(path.dirname(from), kind);
  const around = byName((folder) => pinsAround(path.join(folder, '_'), { read, list }));
  return { read, list, pins: (from) => around(path.dirname(from)) };
}
