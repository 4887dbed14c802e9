import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { ClientCapabilities, Diagnostic } from 'vscode-languageserver/node';
import { fakeCore } from './fake-core.ts';
import { type Client, type ClientOptions, connect, memoryOf, PULLS } from './harness.ts';

const URI = 'file:///ws/train.sh';
const TEXT = 'train --dtype float16 use:more.json\n';
const FILES = { 'file:///ws/more.json': 'tpyo' };
const REFRESHES: ClientCapabilities = {
  ...PULLS,
  workspace: { ...PULLS.workspace, diagnostics: { refreshSupport: true } },
};
const PUSHED: ClientCapabilities = { textDocument: { publishDiagnostics: {} } };

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Ends when `holds`, or fails. */
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await turn();
  assert.ok(holds(), what);
}

/** A session in which a document is opened. */
async function session(options: ClientOptions, text = TEXT) {
  const core = fakeCore();
  const client = await connect(core, { files: FILES, capabilities: REFRESHES, ...options });
  open.push(client);
  let refreshes = 0;
  client.connection.onRequest('workspace/diagnostic/refresh', () => {
    refreshes += 1;
    return null;
  });
  await client.open(URI, text);
  return {
    client,
    core,
    refreshes: () => refreshes,
    async pull(): Promise<readonly string[]> {
      const params = { textDocument: { uri: URI } };
      const report = await client.request<{ items: Diagnostic[] }>(
        'textDocument/diagnostic',
        params,
      );
      return report.items.map(({ message }) => String(message));
    },
  };
}

/** A memory of a session with the document. */
async function kept() {
  const memory = memoryOf();
  const { pull } = await session({ memory });
  const said = await pull();
  await until(() => memory.said.size === 1, 'what was said is kept');
  return { memory, said };
}

test('a document that is opened as it was left is spoken of before it is judged', async () => {
  const { memory, said } = await kept();
  const { pull, core, refreshes } = await session({ memory });
  core.broken = true; // whoever judges now, fails
  assert.deepEqual(await pull(), said);
  core.broken = false;
  const again = await session({ memory });
  assert.deepEqual(await again.pull(), said);
  await until(() => again.core.inputs.length > 0, 'it is judged, too');
  for (let i = 0; i < 20; i++) await turn();
  assert.equal(refreshes(), 0);
});

const CHANGES: readonly (readonly [string, ClientOptions, string])[] = [
  ['its text', {}, `${TEXT}# more\n`],
  ['a file that it names', { files: { 'file:///ws/more.json': 'fine' } }, TEXT],
  ['a file that it names and is gone', { files: {} }, TEXT],
  ['a setting', { options: { gpu: 'H100' } }, TEXT],
  ['the language', { locale: 'zh-cn' }, TEXT],
  ['what the client shows', { capabilities: PULLS }, TEXT],
];
for (const [what, options, text] of CHANGES)
  test(`nothing is recalled when there is another: ${what}`, async () => {
    const { memory } = await kept();
    const { pull, core } = await session({ memory, ...options }, text);
    await pull();
    assert.ok(core.inputs.length > 0);
  });

test('what turns out not to be so any more is said anew', async () => {
  const { memory, said } = await kept();
  for (const [key, text] of memory.said)
    memory.said.set(key, text.replaceAll('float16 is wrong', 'something else'));
  const { pull, refreshes } = await session({ memory });
  assert.notDeepEqual(await pull(), said);
  await until(() => refreshes() === 1, 'the client is told to ask again');
  assert.deepEqual(await pull(), said);
});

test('clients that do not pull get what was said at once, and again only if it differs', async () => {
  const memory = memoryOf();
  const first = await session({ memory, capabilities: PUSHED });
  await until(() => memory.said.size === 1, 'what was said is kept');
  const second = await session({ memory, capabilities: PUSHED });
  await until(() => second.core.inputs.length > 0, 'it is judged');
  for (let i = 0; i < 20; i++) await turn();
  assert.deepEqual(second.client.published, first.client.published.slice(0, 1));
});

for (const damaged of [
  '',
  '{',
  'null',
  '7',
  '{"names":[]}',
  '{"diagnostics":[]}',
  '{"names":[7],"diagnostics":[]}',
  '{"names":[],"diagnostics":[7]}',
])
  test(`a damaged memory is not believed: ${damaged || 'nothing'}`, async () => {
    const { memory, said } = await kept();
    for (const key of memory.said.keys()) memory.said.set(key, damaged);
    const { pull } = await session({ memory });
    assert.deepEqual(await pull(), said);
  });
