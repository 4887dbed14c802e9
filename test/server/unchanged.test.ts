import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocumentDiagnosticReport } from 'vscode-languageserver/node';
import { fakeCore } from './fake-core.ts';
import { connect } from './harness.ts';

const URI = 'file:///ws/train.sh';
const TEXT = 'train --dtype float16 \\\n  --word tpyo\n';

test('a client that has the diagnostics already gets a short answer', async (t) => {
  const client = await connect(fakeCore());
  t.after(() => client.close());
  await client.open(URI, TEXT);
  const ask = (previousResultId?: string) =>
    client.request<DocumentDiagnosticReport>('textDocument/diagnostic', {
      textDocument: { uri: URI },
      ...(previousResultId === undefined ? {} : { previousResultId }),
    });
  const first = await ask();
  assert.equal(first.kind, 'full');
  const { resultId = '' } = first;
  assert.deepEqual(await ask(resultId), { kind: 'unchanged', resultId });
  assert.equal((await ask('another')).kind, 'full');
  const { resultId: later = '' } = await ask();
  await client.edit(URI, 2, [1, 13], 0, ' # more');
  assert.deepEqual(await ask(later), { kind: 'unchanged', resultId: later });
  await client.edit(URI, 3, [0, 0], 0, ' ');
  const moved = await ask(later);
  assert.equal(moved.kind, 'full');
  assert.notEqual(moved.resultId, later);
});
