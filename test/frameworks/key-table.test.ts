import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  changedKeys,
  joinedKeys,
  type KeyTable,
  keyTable,
} from '../../src-core/frameworks/key-table.ts';
import type { KeySpec } from '../../src-core/frameworks/schema.ts';
import { loadScopes, type SchemaData } from '../../src-core/frameworks/schema-load.ts';

const folder = join(import.meta.dirname, '../../src-core/frameworks');
const tables: readonly SchemaData[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('keys.data.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));

function key(name: string, ...aliases: readonly string[]): KeySpec {
  const common = { nullable: false, default: undefined, required: false, source: 'x.py:1' };
  return { name, kinds: ['any'], ...common, ...(aliases.length > 0 && { aliases }) };
}

/** What every reading of a table must agree with: one look through all of its keys. */
function plainly(keys: readonly KeySpec[], name: string): KeySpec | undefined {
  return (
    keys.findLast((spec) => spec.name === name) ??
    keys.findLast((spec) => spec.aliases?.includes(name))
  );
}

function agrees(table: KeyTable, more: readonly string[] = []): void {
  const keys = table.all();
  const names = keys.flatMap((spec) => [spec.name, ...(spec.aliases ?? [])]);
  for (const name of [...names, ...more]) assert.equal(table.find(name), plainly(keys, name), name);
}

describe('tables of keys', () => {
  it('find in the rows of every scope what all keys of it say', () => {
    assert.ok(tables.length > 10);
    for (const data of tables)
      for (const { id } of data.scopes) {
        // Asked before and after everything is inflated.
        const { keys } = loadScopes(data)(id);
        assert.equal(keys.find('no_such_key'), undefined);
        const some = data.scopes[0]?.groups.flatMap((group) => data.groups[group] ?? []) ?? [];
        const asked = some.map((row) => row.split('\t')[0] ?? '');
        const before = asked.map((name) => keys.find(name));
        agrees(keys, asked);
        assert.deepEqual(
          asked.map((name) => keys.find(name)),
          before,
        );
      }
  });

  it('prefer names to aliases, and the last of several', () => {
    const first = keyTable([key('lr', 'rate'), key('epochs', 'n'), key('steps')]);
    const second = keyTable([key('rate'), key('count', 'n', 'steps')]);
    for (const table of [first, second, joinedKeys([first, second]), joinedKeys([second, first])])
      agrees(table, ['none']);
    assert.equal(joinedKeys([first, second]).find('n')?.name, 'count');
    assert.equal(joinedKeys([first, second]).find('steps')?.name, 'steps');
  });

  it('change a key once, however it is asked for', () => {
    let changes = 0;
    const table = changedKeys(keyTable([key('lr', 'rate'), key('seed')]), (spec) => {
      changes += 1;
      return { ...spec, rare: true };
    });
    const found = table.find('rate');
    assert.equal(changes, 1);
    assert.equal(found?.rare, true);
    assert.equal(table.all()[0], found);
    agrees(table, ['none']);
    assert.equal(changes, 2);
  });
});
