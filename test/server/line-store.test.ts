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

test('what was read is kept before what was only there', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const file = fileOf(
    `\n${Array.from({ length: 20 }, (_, i) => `key ${i}\ntext ${i}\n`).join('')}`,
  );
  const store = lineStore(file, 20);
  for (let i = 0; i < 12; i++) assert.equal(store.read(`key ${i}`), `text ${i}`);
  for (let i = 20; i < 30; i++) store.write(`key ${i}`, `text ${i}`);
  assert.equal(
    store.read('key 12'),
    'text 12',
    'nothing goes while there is room for as many again',
  );
  t.mock.timers.tick(5000);
  const next = lineStore(file, 20);
  const left = Array.from({ length: 30 }, (_, i) => i).filter((i) => next.read(`key ${i}`));
  // The first eight were looked for in the bytes, which leaves them where they were.
  assert.deepEqual(left, [...[8, 9, 10, 11, 12], ...left.slice(5)]);
  assert.equal(left.length, 20);
});

test('without a file, all is kept for this process', () => {
  const store = lineStore(undefined, 2);
  store.write('key', 'text');
  assert.equal(store.read('key'), 'text');
});

for (const text of ['', '\n', 'a key without its text', '\0\n\0'])
  test(`a damaged file gives nothing: ${JSON.stringify(text)}`, () => {
    assert.equal(lineStore(fileOf(text), 2).read('key'), undefined);
  });
