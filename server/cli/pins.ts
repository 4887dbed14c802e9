import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { PIN_FOLDERS } from '../../src-core/analysis/pin-files.ts';
import { foldersFrom, namedAbove } from '../pin-folders.ts';
import { type Decoded, decode } from './encoding.ts';
import { readBytes, toSlashes } from './inputs.ts';

/** The files that pin releases, read once in a run of the command line. */
export class Pins {
  private readonly folders = new Map<string, readonly string[]>();
  private readonly texts = new Map<string, ReadonlyMap<string, Decoded>>();
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
    return place === undefined ? undefined : this.textsIn(place).get(file);
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

  private textsIn(folder: string): ReadonlyMap<string, Decoded> {
    const known = this.texts.get(folder);
    if (known !== undefined) return known;
    const found = new Map<string, Decoded>();
    for (const file of PIN_FOLDERS[0] ?? []) {
      const data = readBytes(`${folder}/${file}`);
      const decoded = typeof data === 'string' ? undefined : decode(data);
      if (decoded !== undefined) found.set(file, decoded);
    }
    this.texts.set(folder, found);
    return found;
  }
}
