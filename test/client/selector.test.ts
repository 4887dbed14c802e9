import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectorFor } from '../../client/selector.ts';

const schemes = (folders: string[]) => new Set(selectorFor(folders).map(({ scheme }) => scheme));

test('documents that people write in are looked at, and no other view of a file', () => {
  const own = ['file', 'untitled', 'vscode-notebook-cell', 'vscode-vfs'];
  assert.deepEqual(schemes([]), new Set(own));
  assert.deepEqual(schemes(['file', 'memfs']), new Set([...own, 'memfs']));
});
