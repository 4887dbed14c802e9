import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineStore } from '../../server/line-store.ts';

/** A file in memory. */
function fileOf(text?: string) {
  const file = {
    text,
    read: () => (file.text === undefined ? undefined : Buffer.from(file.text)),
    write(data: Buffer | string) {
      file.text = String(data);
    },
  };
  return file;
}

test('what is kept is there at the next start, the latest of it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const file = fileOf();
  const store = lineStore(file, 96);
  assert.equal(store.read('key 0'), undefined);
  for (let i = 0; i < 200; i++) store.write(`key ${i}`, `ü ${i}`);
  assert.equal(file.text, undefined);
  t.mock.timers.tick(5000);
  const next = lineStore(file, 96);
  assert.equal(next.read('key 199'), 'ü 199');
  assert.equal(next.read('key 150'), 'ü 150');
  assert.equal(next.read('key 0'), undefined);
});

for (const text of ['', '\n', 'a key without its text', '\0\n\0'])
  test(`a damaged file gives nothing: ${JSON.stringify(text)}`, () => {
    assert.equal(lineStore(fileOf(text), 2).read('key'), undefined);
  });
