import type { Finding } from '../src-core/finding.ts';
import { isError } from '../src-core/run/problem.ts';

/** Whether errors of some rule are more after a change than before. */
export function addsErrors(before: readonly Finding[], after: readonly Finding[]): boolean {
  const left = new Map<string, number>();
  for (const one of before) if (isError(one)) left.set(one.rule, (left.get(one.rule) ?? 0) + 1);
  return after.filter(isError).some(({ rule }) => {
    const count = (left.get(rule) ?? 0) - 1;
    left.set(rule, count);
    return count < 0;
  });
}
