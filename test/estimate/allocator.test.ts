import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allocator } from '../../src-core/estimate/allocator.ts';
import { draws } from './draws.ts';
import { PlainAllocator } from './plain-allocator.ts';

/** Requests as training makes them: few sizes, some small, some of many MiB. */
function sizesOf(next: () => number): readonly number[] {
  const scales = [1, 16, 300, 2048, 2049, 9000, 20_480, 60_000];
  return scales.map((scale) => Math.max(1, Math.ceil(scale * (0.5 + next()))));
}

for (const expandable of [false, true])
  for (const limit of [Number.POSITIVE_INFINITY, 600_000])
    test(`blocks are those of the plain allocator, expandable ${expandable}, limit ${limit}`, () => {
      for (let seed = 1; seed <= 40; seed++) {
        const next = draws(seed);
        const ours = new Allocator(expandable, limit);
        const plain = new PlainAllocator(expandable, limit);
        const sizes = sizesOf(next);
        const live: (readonly [
          ReturnType<Allocator['malloc']>,
          ReturnType<PlainAllocator['malloc']>,
        ])[] = [];
        for (let step = 0; step < 300; step++) {
          const where = `seed ${seed}, step ${step}`;
          if (live.length > 0 && next() < 0.48) {
            const [[a, b] = []] = live.splice(Math.floor(next() * live.length), 1);
            assert.ok(a && b);
            ours.free(a);
            plain.free(b);
          } else {
            const units = sizes[Math.floor(next() * sizes.length)] ?? 1;
            const flashes = next() < 0.2;
            const before = flashes ? ours.flash(units) : 0;
            const moment = flashes ? plain.malloc(units) : undefined;
            if (moment) {
              assert.equal(before, moment.units, where);
              plain.free(moment);
            }
            const a = ours.malloc(units);
            const b = plain.malloc(units);
            assert.deepEqual([a.units, a.address], [b.units, b.address], where);
            live.push([a, b]);
          }
          assert.equal(ours.reserved, plain.reserved, where);
        }
        assert.equal(ours.most, plain.most);
      }
    });
