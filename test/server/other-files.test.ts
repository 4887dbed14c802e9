// Files that a document names: which of the open ones stand for them, and how they are edited.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { CodeAction } from 'vscode-languageserver/node';
import type { Analysis, AnalyzeInput } from '../../server/core.ts';
import { type FakeCore, fakeCore } from './fake-core.ts';
import { type Client, type ClientOptions, connect } from './harness.ts';

const URI = 'file:///ws/train.sh';

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function start(core: FakeCore, options: ClientOptions): Promise<Client> {
  const client = await connect(core, options);
  open.push(client);
  return client;
}

test('another view of a file does not stand in for it', async () => {
  const core = fakeCore();
  const client = await start(core, { files: { 'file:///ws/a.yaml': 'as on the disk' } });
  await client.open('git:/ws/a.yaml?ref', 'as it was committed', 'yaml');
  await client.open('vscode-vfs://github/ws/a.yaml', 'of another place', 'yaml');
  await client.open(URI, 'train use:a.yaml');
  await client.request('textDocument/diagnostic', { textDocument: { uri: URI } });
  assert.equal(core.inputs.at(-1)?.files?.get('a.yaml'), 'as on the disk');
});

test('an edit of another open document carries its version, as of the analysis', async () => {
  const files = { 'file:///ws/closed.yaml': 'x: 1' };
  const core = fakeCore();
  const client = await start({ ...core, analyze: (input) => fixElsewhere(core, input) }, { files });
  const other = 'file:///ws/open.yaml';
  await client.open(other, 'x: 0', 'yaml');
  await client.edit(other, 7, [0, 3], 1, '2');
  await client.open(URI, 'train float16 use:open.yaml use:closed.yaml');
  const at = { line: 0, character: 6 };
  const [action] = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri: URI },
    range: { start: at, end: at },
    context: { diagnostics: [], only: ['quickfix'] },
  });
  const versions = action?.edit?.documentChanges?.map((change) =>
    'edits' in change ? [change.textDocument.uri, change.textDocument.version] : [],
  );
  assert.deepEqual(versions, [
    [URI, 1],
    [other, 7],
    ['file:///ws/closed.yaml', null],
  ]);
});

/** What the fake says, with fixes that edit every file. */
function fixElsewhere(core: FakeCore, input: AnalyzeInput): Analysis {
  const analysis = core.analyze(input);
  const span = { start: 0, end: 0 };
  const files = [input.file.path, ...(input.files?.keys() ?? [])].map((file) => ({
    file,
    edits: [{ span, text: '#' }],
  }));
  const fixes = [{ title: 'everywhere', safety: 'unsafe' as const, files }];
  return { ...analysis, findings: analysis.findings.map((one) => ({ ...one, fixes })) };
}

test('files that a document names are read at once, none behind another', async () => {
  let [now, most] = [0, 0];
  const files = { 'file:///ws/a.yaml': 'a', 'file:///ws/b.yaml': 'b', 'file:///ws/c.yaml': 'c' };
  const core = fakeCore();
  const reading = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now -= 1;
  };
  const client = await start(core, { files, reading });
  await client.open(URI, 'train use:a.yaml use:b.yaml use:c.yaml');
  await client.request('textDocument/diagnostic', { textDocument: { uri: URI } });
  assert.equal(most, 3);
  assert.deepEqual([...(core.inputs.at(-1)?.files?.values() ?? [])], ['a', 'b', 'c']);
});
