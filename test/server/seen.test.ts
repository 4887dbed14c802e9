// What open documents say of another: a script of the config or program that it starts.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  type CodeAction,
  type CodeLens,
  type Diagnostic,
  DiagnosticSeverity,
  type Hover,
} from 'vscode-languageserver/node';
import { SUMMARY, type SummaryItem } from '../../server/proto/requests.ts';
import * as core from '../../src-core/index.ts';
import { type Client, connect, PULLS, TRAIN } from './harness.ts';

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function start(files: Readonly<Record<string, string>> = {}): Promise<Client> {
  const client = await connect(core, { files, capabilities: PULLS });
  open.push(client);
  return client;
}

async function said(client: Client, uri: string): Promise<readonly Diagnostic[]> {
  const params = { textDocument: { uri } };
  const report = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', params);
  return report.items;
}

const rules = (found: readonly Diagnostic[]) => found.map(({ code }) => code);

const SCRIPT = 'file:///ws/run.sh';
const PROGRAM = 'file:///ws/train.py';
const CONFIG = 'file:///ws/sft.yaml';
const LAUNCH = 'accelerate launch --use_deepspeed --zero_stage 3 --num_processes 8 train.py\n';

test('an open script that starts a program speaks for it, until it is closed', async () => {
  const client = await start();
  await client.open(PROGRAM, TRAIN, 'python');
  assert.deepEqual(rules(await said(client, PROGRAM)), ['bf16-updates-lost']);
  await client.open(SCRIPT, LAUNCH);
  await said(client, SCRIPT);
  assert.deepEqual(rules(await said(client, PROGRAM)), []);
  await client.edit(SCRIPT, 2, [0, 18], '--use_deepspeed --zero_stage 3'.length, '--multi_gpu');
  assert.deepEqual(rules(await said(client, PROGRAM)), ['bf16-updates-lost']);
  await client.edit(SCRIPT, 3, [0, 18], '--multi_gpu'.length, '--use_deepspeed');
  assert.deepEqual(rules(await said(client, PROGRAM)), []);
  await client.connection.sendNotification('textDocument/didClose', {
    textDocument: { uri: SCRIPT },
  });
  assert.deepEqual(rules(await said(client, PROGRAM)), ['bf16-updates-lost']);
});

test('a config is judged on the card that an open script names, and mended where it stands', async () => {
  const client = await start();
  const text =
    'model: Qwen/Qwen2.5-32B-Instruct\ndataset: a.jsonl\ntuner_type: lora\nmax_length: 8192\n';
  await client.open(CONFIG, text, 'yaml');
  assert.deepEqual(rules(await said(client, CONFIG)), []);
  await client.open(SCRIPT, '# tunelint: gpu=RTX 4090\nswift sft sft.yaml\n');
  await said(client, SCRIPT);
  const found = await said(client, CONFIG);
  assert.deepEqual(
    found.map(({ code, severity }) => [code, severity]),
    [['does-not-fit', DiagnosticSeverity.Error]],
  );
  const { range } = found[0] ?? {};
  const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri: CONFIG },
    range,
    context: { diagnostics: [], only: ['quickfix'] },
  });
  const edited = actions.flatMap(({ edit }) =>
    (edit?.documentChanges ?? []).map((change) => ('edits' in change ? change.textDocument : {})),
  );
  assert.ok(edited.length > 0);
  for (const one of edited) assert.deepEqual(one, { uri: CONFIG, version: 1 });
});

test('the documents that a script starts are asked for again when it opens or changes', async () => {
  const client = await connect(core, {
    capabilities: { ...PULLS, workspace: { diagnostics: { refreshSupport: true } } },
  });
  open.push(client);
  let asked = 0;
  client.connection.onRequest('workspace/diagnostic/refresh', () => {
    asked += 1;
    return null;
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 50));
  await client.open(PROGRAM, TRAIN, 'python');
  await said(client, PROGRAM);
  await settled();
  assert.equal(asked, 0);
  await client.open(SCRIPT, LAUNCH);
  await said(client, SCRIPT);
  await settled();
  assert.equal(asked, 1);
  await client.edit(SCRIPT, 2, [0, 0], 0, ' ');
  await said(client, SCRIPT);
  await settled();
  assert.equal(asked, 2);
});

const FULL = [
  ...['model_name_or_path: Qwen/Qwen2.5-14B-Instruct', 'stage: sft', 'do_train: true'],
  ...['finetuning_type: full', 'dataset: x', 'template: qwen', 'output_dir: out', ''],
].join('\n');
const NAMING = '# tunelint: gpu=A100 80GB\nllamafactory-cli train sft.yaml\n';

test('where a setting names the card, a script that names another one speaks alone', async () => {
  const client = await connect(core, { capabilities: PULLS, options: { gpu: 'RTX 4090D' } });
  open.push(client);
  const textDocument = { uri: CONFIG };
  const lines = async () =>
    (await client.request<CodeLens[]>('textDocument/codeLens', { textDocument })).map(
      ({ range, command }) => [range.start.line, command?.title],
    );
  const hover = async () => {
    const position = { line: 3, character: 20 };
    return client.request<Hover>('textDocument/hover', { textDocument, position });
  };
  await client.open(CONFIG, FULL, 'yaml');
  assert.match(
    JSON.stringify(await lines()),
    /^\[\[0,"memory probably does not fit: .* of 24\.0 GiB/,
  );
  await client.open(SCRIPT, NAMING);
  await said(client, SCRIPT);
  const [found, ...others] = await said(client, CONFIG);
  assert.deepEqual(others, []);
  assert.match(String(found?.message), /of 80\.0 GiB on the A100.*\(in the run of run\.sh\)$/);
  const shown = await lines();
  assert.equal(shown.length, 1);
  assert.match(
    JSON.stringify(shown),
    /^\[\[0,"memory does not fit: .* of 80\.0 GiB .*in the run of run\.sh/,
  );
  const items = await client.request<SummaryItem[]>(SUMMARY, textDocument);
  assert.deepEqual(
    items.map(({ uri, run, line, named }) => [uri, run, line, named]),
    [[SCRIPT, 0, 0, true]],
  );
  assert.match(JSON.stringify((await hover()).contents), /of 80\.0 GiB/);
});

test('a config that names its card itself is judged on that one, too', async () => {
  const client = await start();
  await client.open(CONFIG, `# tunelint: gpu=RTX 4090\n${FULL}`, 'yaml');
  await client.open(SCRIPT, NAMING);
  await said(client, SCRIPT);
  const memory = (await said(client, CONFIG)).filter(({ code }) => code === 'does-not-fit');
  assert.equal(memory.length, 2);
});
