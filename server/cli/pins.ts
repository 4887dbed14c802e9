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
import { byName } from '../../src-core/text/lazy.ts';
import { foldersFrom, namedAbove } from '../pin-folders.ts';
import { type Decoded, decode } from './encoding.ts';
import { readBytes, toSlashes } from './inputs.ts';

/** The files that pin releases, read once in a run of the command line. */
export class Pins {
  private readonly texts = new Map<string, Decoded | null>();
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
    if (place === undefined || !this.mayHave(place, file)) return undefined;
    return this.textOf(`${place}/${file}`, kindOf(file) && LONGEST_OF_KIND);
  }

  /** What lies in a folder; `undefined` where that cannot be seen. */
  private readonly filesIn = byName(filesIn);

  /** The same, as file systems compare names that take no notice of case. */
  private readonly namesIn = byName((place) => {
    const files = this.filesIn(place);
    return files && new Set(files.map((file) => file.toLowerCase()));
  });

  /** Whether a folder may have a file: most have none of those that pin. */
  private mayHave(place: string, file: string): boolean {
    const [first = file] = file.split('/', 1);
    return this.namesIn(place)?.has(first.toLowerCase()) ?? true;
  }

  /** The paths of the files of a kind in the folder of a checked file and in those above. */
  list(folder: string, kind: Kind): readonly string[] {
    return this.foldersOf(folder).flatMap((place, above) =>
      this.ofKinds(place)
        .filter((name) => kindOf(name) === kind)
        .slice(0, MOST_OF_KIND)
        .map((name) => listedPath(above, name)),
    );
  }

  /** The files of a folder that are of any kind. */
  private readonly ofKinds = byName((place): readonly string[] => {
    const all = this.filesIn(place) ?? [];
    const below = BELOW.filter((one) => all.includes(one)).flatMap((one) =>
      (this.filesIn(`${place}/${one}`) ?? []).map((name) => `${one}/${name}`),
    );
    return [...all, ...below].filter((name) => kindOf(name) !== undefined).sort();
  });

  private readonly foldersOf = byName((folder): readonly string[] => {
    const home = toSlashes(homedir());
    const all = foldersFrom(toSlashes(path.resolve(this.cwd, folder)), (one) => one === home);
    const repository = all.findIndex(
      (one) => this.mayHave(one, '.git') && existsSync(`${one}/.git`),
    );
    const above = repository < 0 ? namedAbove(all, this.named) : repository;
    return all.slice(0, above + 1);
  });

  private textOf(path: string, longest?: number): Decoded | undefined {
    const known = this.texts.get(path);
    if (known !== undefined) return known ?? undefined;
    const data = readBytes(path, longest);
    const decoded = typeof data === 'string' ? undefined : decode(data);
    this.texts.set(path, decoded ?? null);
    return decoded;
  }
}

function filesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined; // missing, or no permission
  }
}
