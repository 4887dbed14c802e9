import { MOST_ABOVE } from '../src-core/analysis/pin-files.ts';
import { HEAD } from './uris.ts';

/**
 * The folder of a file and those above it, nearest first, none of them above the user's home: URIs, or paths
 * with `/`. Files that pin releases count up to the first that holds `.git`, else up to `namedAbove`.
 */
export function foldersFrom(
  folder: string,
  isHome: (folder: string) => boolean,
): readonly string[] {
  const root = HEAD.exec(folder)?.[0].length ?? 0;
  const found = [folder];
  for (let at = folder; found.length <= MOST_ABOVE && !isHome(at); found.push(at)) {
    const end = at.lastIndexOf('/');
    if (end <= root) break;
    at = at.slice(0, end);
  }
  return found;
}

/** How many folders up the topmost is that the user named; 0 where that is none of them. */
export function namedAbove(folders: readonly string[], named: readonly string[]): number {
  return Math.max(0, ...named.map((folder) => folders.indexOf(folder)));
}
