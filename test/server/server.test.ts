import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { CodeAction, CompletionItem, Diagnostic, Hover } from 'vscode-languageserver/node';
import { fakeCore } from './fake-core.ts';
import { type Client, type ClientOptions, connect, PULLS } from './harness.ts';

const URI = 'file:///ws/train.sh';
const TEXT = 'train --dtype float16 \\\n  --word tpyo\n';

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function start(core = fakeCore(), options: ClientOptions = {}): Promise<Client> {
  const client = await connect(core, options);
  open.push(client);
  return client;
}

async function pull(client: Client, uri = URI): Promise<Diagnostic[]> {
  const params = { textDocument: { uri } };
  const report = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', params);
  return report.items;
}

function actions(client: Client, line: number, only?: string[]): Promise<CodeAction[]> {
  const at = { line, character: 16 };
  return client.request('textDocument/codeAction', {
    textDocument: { uri: URI },
    range: { start: at, end: at },
    context: { diagnostics: [], ...(only ? { only } : {}) },
  });
}

/** Waits for the n-th published report. */
async function published(client: Client, count: number): Promise<Client['published']> {
  while (client.published.length < count) await new Promise((resolve) => setImmediate(resolve));
  return client.published;
}

test('says what it can do, incremental sync and UTF-16 first', async () => {
  const { initialized } = await start();
  const { capabilities } = initialized;
  assert.equal(capabilities.positionEncoding, 'utf-16');
  assert.deepEqual(capabilities.textDocumentSync, {
    openClose: true,
    change: 2,
    save: { includeText: false },
  });
  assert.ok(capabilities.diagnosticProvider);
});

test('pulled diagnostics carry rule, severity and range', async () => {
  const client = await start();
  await client.open(URI, TEXT);
  const [first, second] = await pull(client);
  assert.deepEqual(first, {
    range: { start: { line: 0, character: 14 }, end: { line: 0, character: 21 } },
    severity: 1,
    code: 'no-float16',
    source: 'tunelint',
    message: 'float16 is wrong',
  });
  assert.equal(second?.code, 'no-tpyo');
  assert.equal(second?.range.start.line, 1);
});

test('a document is analysed once for each version, and in full only for fixes', async () => {
  const core = fakeCore();
  // What a fix or a comment that silences would change is another text.
  const asWritten = () => core.inputs.filter(({ file }) => file.text === TEXT);
  const client = await start(core);
  await client.open(URI, TEXT);
  await Promise.all([pull(client), pull(client)]);
  await Promise.all([actions(client, 0), actions(client, 0)]);
  await pull(client);
  assert.deepEqual(
    asWritten().map(({ effort }) => effort),
    ['typing', 'full'],
  );
  const before = core.inputs.length;
  await client.edit(URI, 2, [0, 14], 7, 'bfloat16');
  assert.deepEqual(
    (await pull(client)).map(({ code }) => code),
    ['no-tpyo'],
  );
  assert.equal(core.inputs.length, before + 1);
  assert.equal(core.inputs.at(-1)?.file.text, TEXT.replace('float16', 'bfloat16'));
});

test('other languages, other content and a closed document get nothing', async () => {
  const core = fakeCore();
  const client = await start(core);
  await client.open('file:///ws/compose.yaml', 'train: float16', 'dockercompose');
  await client.open('file:///ws/notes.sh', 'echo float16');
  assert.deepEqual(await pull(client, 'file:///ws/compose.yaml'), []);
  assert.deepEqual(await pull(client, 'file:///ws/notes.sh'), []);
  assert.deepEqual(await pull(client, 'file:///ws/never-opened.sh'), []);
  assert.equal(core.inputs.length, 0);
});

test('the language follows the id, then the ending, then the shebang', async () => {
  const core = fakeCore();
  const client = await start(core);
  const cases = [
    ['file:///ws/a', 'sh', 'train', 'shell'],
    ['file:///ws/b.yml', 'unknown', 'train: 1', 'yaml'],
    ['file:///ws/c', 'plaintext', '#!/usr/bin/env bash\ntrain', 'shell'],
    ['file:///ws/d', 'plaintext', '#!/usr/bin/python3\ntrain', 'python'],
  ] as const;
  for (const [uri, id, text] of cases) {
    await client.open(uri, text, id);
    await pull(client, uri);
  }
  const languages = core.inputs.map(({ file }) => file.language);
  assert.deepEqual(
    languages,
    cases.map(([, , , language]) => language),
  );
});

test('a client that does not pull is pushed to, and cleared on close', async () => {
  const client = await start(fakeCore(), { capabilities: {} });
  assert.equal(client.initialized.capabilities.diagnosticProvider, undefined);
  await client.open(URI, TEXT);
  const [report] = await published(client, 1);
  assert.equal(report?.diagnostics.length, 2);
  await client.edit(URI, 2, [0, 14], 7, 'bfloat16');
  assert.equal((await published(client, 2))[1]?.diagnostics.length, 1);
  await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: URI } });
  assert.deepEqual((await published(client, 3))[2]?.diagnostics, []);
});

test('hover and completion', async () => {
  const client = await start();
  await client.open(URI, TEXT);
  const position = { line: 0, character: 15 };
  const params = { textDocument: { uri: URI }, position };
  const hover = await client.request<Hover>('textDocument/hover', params);
  assert.deepEqual(hover.contents, { kind: 'markdown', value: '**no-float16**' });
  const [item] = await client.request<CompletionItem[]>('textDocument/completion', params);
  assert.deepEqual(item?.textEdit, {
    range: { start: position, end: position },
    newText: 'bfloat16',
  });
});

test('a quick fix is a versioned edit', async () => {
  const client = await start();
  await client.open(URI, TEXT);
  const [action] = await actions(client, 0, ['quickfix']);
  assert.equal(action?.title, 'Write bfloat16');
  assert.equal(action?.isPreferred, true);
  assert.equal(action?.diagnostics?.[0]?.code, 'no-float16');
  assert.deepEqual(action?.edit?.documentChanges, [
    {
      textDocument: { uri: URI, version: 1 },
      edits: [
        {
          range: { start: { line: 0, character: 14 }, end: { line: 0, character: 21 } },
          newText: 'bfloat16',
        },
      ],
    },
  ]);
});

test('the last action silences the rule in a comment above the line', async () => {
  const client = await start();
  await client.open(URI, `# notes\n  ${TEXT}`);
  const action = (await actions(client, 1, ['quickfix'])).at(-1);
  assert.equal(action?.title, 'Ignore no-float16 here');
  const at = { line: 1, character: 0 };
  const [change] = action?.edit?.documentChanges ?? [];
  assert.deepEqual(change && 'edits' in change ? change.edits : [], [
    { range: { start: at, end: at }, newText: '  # tunelint: ignore[no-float16]\n' },
  ]);
});

test('fix-all holds the safe fixes only', async () => {
  const client = await start();
  await client.open(URI, TEXT);
  const all = await actions(client, 0, ['source.fixAll']);
  assert.deepEqual(
    all.map(({ kind }) => kind),
    ['source.fixAll.tunelint'],
  );
  const texts = all[0]?.edit?.documentChanges?.flatMap((change) =>
    'edits' in change ? change.edits.map((edit) => ('newText' in edit ? edit.newText : '')) : [],
  );
  assert.deepEqual(texts, ['typo']);
});

test('a client that can show rule pages is offered them', async () => {
  const client = await start(fakeCore(), { options: { rulePages: true } });
  await client.open(URI, TEXT);
  const explain = (await actions(client, 0, ['quickfix'])).find(({ command }) => command);
  assert.equal(explain?.command?.command, 'tunelint.explainRule');
  assert.deepEqual(explain?.command?.arguments, ['no-float16']);
});

test('clients without versioned edits get plain changes', async () => {
  const client = await start(fakeCore(), { capabilities: { textDocument: { diagnostic: {} } } });
  await client.open(URI, TEXT);
  const [action] = await actions(client, 0, ['quickfix']);
  assert.deepEqual(Object.keys(action?.edit?.changes ?? {}), [URI]);
});

test('a related file is read beside the document, then from the folder; open text wins', async () => {
  const core = fakeCore();
  const files = { 'file:///ws/sub/a.yaml': 'x: float16', 'file:///ws/b.yaml': 'from the folder' };
  const client = await start(core, { files });
  const uri = 'file:///ws/sub/run.sh';
  await client.open(uri, 'train use:a.yaml use:b.yaml use:missing.yaml');
  await pull(client, uri);
  assert.deepEqual(
    core.inputs.at(-1)?.files,
    new Map([
      ['a.yaml', 'x: float16'],
      ['b.yaml', 'from the folder'],
    ]),
  );
  await client.open('file:///ws/sub/a.yaml', 'typed but not saved', 'yaml');
  await pull(client, uri);
  assert.equal(core.inputs.at(-1)?.files?.get('a.yaml'), 'typed but not saved');
});

test('an exception of the core is logged, and the server lives on', async () => {
  const core = fakeCore();
  const client = await start(core);
  await client.open(URI, TEXT);
  core.broken = true;
  assert.deepEqual(await pull(client), []);
  assert.equal(
    await client.request('textDocument/hover', {
      textDocument: { uri: URI },
      position: { line: 0, character: 0 },
    }),
    null,
  );
  assert.match(client.log.join('\n'), /the core broke/);
  core.broken = false;
  await client.edit(URI, 2, [0, 0], 0, ' ');
  assert.equal((await pull(client)).length, 2);
});

test('settings: asked for, typed, and asked again when they change', async () => {
  let answer: unknown = { gpu: ' RTX 4090D ', gpus: 2, rules: { a: 'off', b: 'loud' }, run: 7 };
  const core = fakeCore();
  const capabilities = { ...PULLS, workspace: { ...PULLS.workspace, configuration: true } };
  const client = await start(core, { capabilities, configuration: () => answer });
  await client.open(URI, TEXT);
  await pull(client);
  assert.deepEqual(core.inputs[0]?.settings, { gpu: 'RTX 4090D', gpus: 2, rules: { a: 'off' } });
  answer = { enable: false };
  await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  assert.deepEqual(await pull(client), []);
});

test('settings of clients that push them, and of initializationOptions', async () => {
  const core = fakeCore();
  const client = await start(core, { options: { gpu: 'T4' } });
  await client.open(URI, TEXT);
  await pull(client);
  assert.equal(core.inputs[0]?.settings.gpu, 'T4');
  const settings = { tunelint: { gpu: 'A100' } };
  await client.connection.sendNotification('workspace/didChangeConfiguration', { settings });
  await pull(client);
  assert.equal(core.inputs.at(-1)?.settings.gpu, 'A100');
});

test('run: onSave keeps the findings of the last save', async () => {
  const client = await start(fakeCore(), { options: { run: 'onSave' } });
  await client.open(URI, TEXT);
  assert.equal((await pull(client)).length, 2);
  await client.edit(URI, 2, [0, 14], 7, 'bfloat16');
  assert.equal((await pull(client)).length, 2);
  await client.connection.sendNotification('textDocument/didSave', { textDocument: { uri: URI } });
  assert.equal((await pull(client)).length, 1);
});

test('a cancelled request is answered as cancelled', async () => {
  const core = fakeCore();
  const client = await start(core);
  await client.open(URI, `train\n${'# a long text\n'.repeat(10_000)}`);
  const { CancellationTokenSource } = await import('vscode-languageserver/node');
  const source = new CancellationTokenSource();
  const params = { textDocument: { uri: URI } };
  const request = client.connection.sendRequest('textDocument/diagnostic', params, source.token);
  source.cancel();
  await assert.rejects(request, { code: -32800 });
});
