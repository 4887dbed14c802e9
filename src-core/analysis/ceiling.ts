import type { Ceiling } from '../frameworks/releases.ts';
import { compareVersions } from '../frameworks/version.ts';

/** The newest release that a range of versions lets in (`>=1,<2`); `undefined` where it has no end. */
export function ceilingOf(range: string): Ceiling | undefined {
  const ends = range.split(',').flatMap((one) => endOf(one.trim()) ?? []);
  return ends.sort((a, b) => compareVersions(a.version, b.version))[0];
}

function endOf(clause: string): Ceiling | undefined {
  const [, operator, version = '', star] =
    /^([<>=!~^]=?)\s*(\d+(?:\.\d+)*)[\w+]*(\.\*)?/.exec(clause) ?? [];
  const numbers = version.split('.').map(Number);
  switch (operator) {
    case '<=':
      return { version, included: true };
    case '<':
      return { version, included: false };
    case '==':
      return star === undefined ? { version, included: true } : below(numbers, numbers.length - 1);
    case '~=':
      return below(numbers, Math.max(0, numbers.length - 2));
    case '~':
      return below(numbers, Math.min(1, numbers.length - 1));
    case '^': {
      const first = numbers.findIndex((one) => one > 0);
      return below(numbers, first < 0 ? numbers.length - 1 : first);
    }
    default:
      return undefined;
  }
}

/** Everything before the next number at that place: 4.40 at 0 is below 5. */
function below(numbers: readonly number[], place: number): Ceiling {
  const next = numbers.slice(0, place + 1).map((one, i) => (i === place ? one + 1 : one));
  return { version: next.join('.'), included: false };
}
