import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import {
  BELOW,
  type Kind,
  kindOf,
  LONGEST_OF_KIND,
  listedPath,
  MOST_OF_KIND,
} from '../../src-core/analysis/pin-files.ts';
import { foldersFrom, namedAbove } from '../pin-folders.ts';
import { type Decoded, decode } from './encoding.ts';
import { readBytes, toSlashes } from './inputs.ts';

/** The files that pin releases, read once in a run of the command line. */
export class Pins {
  private readonly folders = new Map<string, readonly string[]>();
  private readonly texts = new Map<string, Decoded | null>();
  private readonly names = new Map<string, readonly string[]>();
  private readonly named: readonly string[];

  /** `named`: the paths of the command line. */
  constructor(
    private readonly cwd: string,
    named: readonly string[],
  ) {
    this.named = [cwd, ...named.map((one) => path.resolve(cwd, one))].map(toSlashes);
  }

  /** The file of that name, so many folders above the folder of a checked file. */
  find(folder: string, file: string, above: number): Decoded | undefined {
    const place = this.foldersOf(folder)[above];
    return place === undefined
      ? undefined
      : this.textOf(`${place}/${file}`, kindOf(file) && LONGEST_OF_KIND);
  }

  /** The paths of the files of a kind in the folder of a checked file and in those above. */
  list(folder: string, kind: Kind): readonly string[] {
    return this.foldersOf(folder).flatMap((place, above) =>
      this.namesIn(place)
        .filter((name) => kindOf(name) === kind)
        .slice(0, MOST_OF_KIND)
        .map((name) => listedPath(above, name)),
    );
  }

  /** The files of a folder that are of any kind. */
  private namesIn(place: string): readonly string[] {
    const known = this.names.get(place);
    if (known !== undefined) return known;
    const all = filesIn(place);
    const below = BELOW.filter((one) => all.includes(one)).flatMap((one) =>
      filesIn(`${place}/${one}`).map((name) => `${one}/${name}`),
    );
    const found = [...all, ...below].filter((name) => kindOf(name) !== undefined).sort();
    this.names.set(place, found);
    return found;
  }

  private foldersOf(folder: string): readonly string[] {
    const known = this.folders.get(folder);
    if (known !== undefined) return known;
    const home = toSlashes(homedir());
    const all = foldersFrom(toSlashes(path.resolve(this.cwd, folder)), (one) => one === home);
    const repository = all.findIndex((one) => existsSync(`${one}/.git`));
    const above = repository < 0 ? namedAbove(all, this.named) : repository;
    const found = all.slice(0, above + 1);
    this.folders.set(folder, found);
    return found;
  }

  private textOf(path: string, longest?: number): Decoded | undefined {
    const known = this.texts.get(path);
    if (known !== undefined) return known ?? undefined;
    const data = readBytes(path, longest);
    const decoded = typeof data === 'string' ? undefined : decode(data);
    this.texts.set(path, decoded ?? null);
    return decoded;
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // missing, or no permission
  }
}
