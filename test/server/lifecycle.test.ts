import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import {
  createConnection,
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { serve } from '../../server/serve.ts';
import { fakeCore } from './fake-core.ts';

const host = {
  platform: 'node',
  read: async () => undefined,
  exists: async () => false,
  breathe: async () => undefined,
} as const;

const HOVER = { textDocument: { uri: 'file:///a.sh' }, position: { line: 0, character: 0 } };
const START = { processId: null, rootUri: null, capabilities: {} };

test('requests come behind initialize, which comes once, and before shutdown', async (t) => {
  const [up, down] = [new PassThrough(), new PassThrough()];
  serve(createConnection(up, down), host, fakeCore());
  const client = createProtocolConnection(
    new StreamMessageReader(down),
    new StreamMessageWriter(up),
  );
  t.after(() => client.dispose());
  client.listen();
  const hover = () => client.sendRequest('textDocument/hover', HOVER);
  await assert.rejects(hover(), { code: -32002 });
  await client.sendRequest('initialize', START);
  await assert.rejects(client.sendRequest('initialize', START), { code: -32600 });
  assert.equal(await hover(), null);
  await assert.rejects(client.sendRequest('no/such', {}), { code: -32601 });
  await client.sendRequest('shutdown');
  for (const method of ['textDocument/hover', 'tunelint/rules', 'no/such'])
    await assert.rejects(client.sendRequest(method, HOVER), { code: -32600 });
});
