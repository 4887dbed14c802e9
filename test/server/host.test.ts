// What the platform gives the server: files of the disk.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { throughClient } from '../../server/host.client.ts';
import { nodeHost } from '../../server/host.node.ts';

const host = nodeHost('bundle.js', { read: async () => undefined, exists: async () => false });

test('a folder lists the files whose names pass, and no more than it is asked for', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'host-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['c.sh', 'a b.sh', 'train.py']) writeFileSync(path.join(folder, name), name);
  mkdirSync(path.join(folder, 'folder.sh'));
  const uri = pathToFileURL(folder).href;
  const list = async (most: number, of = uri) =>
    (await host.list?.(of, (name) => name.endsWith('.sh'), most))?.map((one) => [
      one.uri.slice(of.length),
      one.bytes,
    ]);
  assert.deepEqual(await list(9), [
    ['/a%20b.sh', 6],
    ['/c.sh', 4],
  ]);
  assert.deepEqual(await list(1), [['/a%20b.sh', 6]]);
  assert.deepEqual(await list(9, `${uri}/missing`), []);
  assert.deepEqual(await list(9, 'vscode-vfs://github/owner/name'), []);
});

test('a file that the client never answers for counts as missing after a while', async () => {
  const silent = throughClient({ sendRequest: () => new Promise(() => {}) }, 20);
  assert.equal(await silent.read('vscode-vfs://github/owner/name/a.yaml', 9), undefined);
  assert.equal(await silent.exists('vscode-vfs://github/owner/name/.git'), false);
  const quick = throughClient({ sendRequest: async () => ({ text: 'x' }) as never }, 20);
  assert.equal(await quick.read('vscode-vfs://github/owner/name/a.yaml', 9), 'x');
});
