// First and last release of every key, per class, from the history folders.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const plain = (tag) => tag.replace(/^v/, '');
const minor = (version) => version.split('.').slice(0, 2).join('.');

/** Orders versions by their numbers; HEAD is last. */
export function compareVersions(a, b) {
  const numbers = (version) =>
    version === 'HEAD' ? [Number.POSITIVE_INFINITY] : version.split('.').map(Number);
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}

/**
 * Reads `<folder>/history/<name>.json`, and the finer table beside this script where there is one.
 * @returns {{oldest: string, life(classes: string[]): Map<string, {since: string, until: string}>}}
 */
export function readHistory(folder, name) {
  const finer = join(import.meta.dirname, 'history', `${name}.json`);
  const path = existsSync(finer) ? finer : join(folder, 'history', `${name}.json`);
  if (!existsSync(path)) return undefined;
  const exact = path === finer;
  const data = JSON.parse(readFileSync(path, 'utf8'));
  const first = data.tags[0];
  const oldest = plain(Array.isArray(first) ? first[0] : first);
  const classes = Object.keys(data.byClass);
  return { oldest, classes, life: (names) => life(data.byClass, names, exact) };
}

function life(byClass, classes, exact) {
  const out = new Map();
  for (const name of classes) {
    for (const [key, [from, to]] of Object.entries(byClass[name] ?? {})) {
      const [since, until] = [plain(from), plain(to)];
      const known = out.get(key);
      if (known === undefined) out.set(key, { since, until });
      else {
        if (compareVersions(since, known.since) < 0) known.since = since;
        if (compareVersions(until, known.until) > 0) known.until = until;
      }
    }
  }
  // A tag stands for its minor release where only the last patch of each minor was read.
  if (!exact) for (const entry of out.values()) entry.since = minor(entry.since);
  return out;
}
