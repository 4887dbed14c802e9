/**
 * Compares releases by their numbers: negative when `a` is older. Only as many parts as `b` has are
 * looked at, so that 4.1.3 counts as 4.1; a suffix such as `.dev0` or `rc1` is not looked at.
 */
export function compareVersions(a: string, b: string): number {
  const left = parts(a);
  const right = parts(b);
  for (let i = 0; i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parts(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}
