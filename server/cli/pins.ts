import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { foldersFrom, namedAbove } from '../pin-folders.ts';
import { type Decoded, decode } from './encoding.ts';
import { readBytes, toSlashes } from './inputs.ts';

/** The files that pin releases, read once in a run of the command line. */
export class Pins {
  private readonly folders = new Map<string, readonly string[]>();
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
    return place === undefined ? undefined : this.textOf(`${place}/${file}`);
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

  private textOf(path: string): Decoded | undefined {
    const known = this.texts.get(path);
    if (known !== undefined) return known ?? undefined;
    const data = readBytes(path);
    const decoded = typeof data === 'string' ? undefined : decode(data);
    this.texts.set(path, decoded ?? null);
    return decoded;
  }
}
