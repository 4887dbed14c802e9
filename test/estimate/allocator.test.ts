import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allocator } from '../../src-core/estimate/allocator.ts';
import { parseAllocatorConf } from '../../src-core/frameworks/allocator-conf.ts';
import { draws } from './draws.ts';
import { PlainAllocator } from './plain-allocator.ts';

/** Requests as training makes them: few sizes, some small, some of many MiB. */
function sizesOf(next: () => number): readonly number[] {
  const scales = [1, 16, 300, 2048, 2049, 9000, 20_480, 60_000];
  return scales.map((scale) => Math.max(1, Math.ceil(scale * (0.5 + next()))));
}

const CONFS = [
  ...['expandable_segments:False', 'expandable_segments:True'],
  'roundup_power2_divisions:16',
  'expandable_segments:True,roundup_power2_divisions:[4:8,8:2,>:4]',
];

for (const text of CONFS)
  for (const limit of [Number.POSITIVE_INFINITY, 600_000])
    test(`blocks are those of the plain allocator, ${text}, limit ${limit}`, () => {
      const conf = parseAllocatorConf(text);
      for (let seed = 1; seed <= 40; seed++) {
        const next = draws(seed);
        const ours = new Allocator(conf, limit);
        const plain = new PlainAllocator(conf, limit);
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
