// Which files pin releases for a document, and from which folder.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { fakeCore } from './fake-core.ts';
import { type Client, connect } from './harness.ts';

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

/** The files that the core is handed for a document with that text. */
async function handed(
  uri: string,
  files: Readonly<Record<string, string>>,
  text = 'train use:requirements.txt',
) {
  const core = fakeCore();
  const client = await connect(core, { files });
  open.push(client);
  await client.open(uri, text);
  await client.request('textDocument/diagnostic', { textDocument: { uri } });
  return [...(core.inputs.at(-1)?.files ?? [])].map(([name, its]) => `${name}: ${its}`);
}

test('each folder up to the workspace folder may pin', async () => {
  const files = {
    'file:///requirements.txt': 'outside',
    'file:///ws/requirements.txt': 'of the workspace',
    'file:///ws/a/b/requirements.txt': 'beside',
  };
  assert.deepEqual(await handed('file:///ws/a/b/train.sh', files), [
    'requirements.txt: beside',
    '../../requirements.txt: of the workspace',
  ]);
  assert.deepEqual(await handed('file:///ws/train.sh', files), [
    'requirements.txt: of the workspace',
  ]);
});

test('a folder that is added to the workspace later may pin, until it is taken out', async () => {
  const core = fakeCore();
  const client = await connect(core, { files: { 'file:///new/requirements.txt': 'new' } });
  open.push(client);
  const uri = 'file:///new/a/train.sh';
  await client.open(uri, 'train use:requirements.txt');
  const files = async () => {
    await client.request('textDocument/diagnostic', { textDocument: { uri } });
    return [...(core.inputs.at(-1)?.files?.keys() ?? [])];
  };
  assert.deepEqual(await files(), []);
  const folder = { uri: 'file:///new/', name: 'new' };
  const change = (added: unknown[], removed: unknown[]) =>
    client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added, removed },
    });
  await change([folder], []);
  assert.deepEqual(await files(), ['../requirements.txt']);
  await change([], [folder]);
  assert.deepEqual(await files(), []);
});

test('the first folder that is a repository is the last one', async () => {
  const files = {
    'file:///ws/requirements.txt': 'of the workspace',
    'file:///ws/a/.git': '',
    'file:///ws/a/requirements.txt': 'of the repository',
    'file:///else/.git': '',
    'file:///else/requirements.txt': 'of another repository',
  };
  assert.deepEqual(await handed('file:///ws/a/b/train.sh', files), [
    '../requirements.txt: of the repository',
  ]);
  assert.deepEqual(await handed('file:///else/b/train.sh', files), [
    '../requirements.txt: of another repository',
  ]);
});

test('nothing above a document in no workspace and no repository pins', async () => {
  const files = { 'file:///x/requirements.txt': 'x', 'file:///ws/requirements.txt': 'ws' };
  assert.deepEqual(await handed('file:///x/y/train.sh', files), []);
  assert.deepEqual(await handed('untitled:train', files), ['requirements.txt: ws']);
});

test('a file of the source that says its release is looked for in the same folders', async () => {
  const files = {
    'file:///ws/swift/.git': '',
    'file:///ws/swift/swift/version.py': 'of the copy',
    'file:///ws/swift/version.py': 'outside',
    'file:///ws/swift/VERSION': 'not asked for',
  };
  const uri = 'file:///ws/swift/examples/sft/train.sh';
  const asked = 'train use:swift/version.py';
  assert.deepEqual(await handed(uri, files, asked), ['../../swift/version.py: of the copy']);
});

test('what is wanted by kind is looked for by the names in the same folders', async () => {
  const files = {
    'file:///ws/a/.git': '',
    'file:///ws/a/requirements-gpu.txt': 'of the repository',
    'file:///ws/a/requirements/base.txt': 'below',
    'file:///ws/a/env/train.yml': 'an environment',
    'file:///ws/a/b/README.md': 'of another kind',
    'file:///ws/a/b/requirements.txt': 'of a usual name',
  };
  const asked = 'train use:*requirements*';
  assert.deepEqual(await handed('file:///ws/a/b/train.sh', files, asked), [
    '../././requirements-gpu.txt: of the repository',
    '../././requirements/base.txt: below',
    '../././env/train.yml: an environment',
  ]);
});
