import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { changeBetween } from '../../src-core/text/change.ts';

/** Letter by letter, from both sides. */
function plainly(before: string, after: string) {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  const [end, other] = [before.length - same, after.length - same];
  return { start, end, text: after.slice(start, other), by: after.length - before.length };
}

it('the change between two texts, wherever the last one was', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 60 });
  const edits = fc.array(fc.tuple(fc.nat(70), fc.nat(5), text), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(text, edits, (first, list) => {
      let before = first;
      for (const [at, length, by] of list) {
        const after = before.slice(0, at) + by + before.slice(at + length);
        assert.deepEqual(changeBetween(before, after), plainly(before, after));
        before = after;
      }
      assert.deepEqual(changeBetween(before, first), plainly(before, first));
    }),
  );
});
