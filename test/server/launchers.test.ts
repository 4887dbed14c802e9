// Scripts on the disk that are not open: what they say of a program or config that is.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { type CodeAction, type Diagnostic, FileChangeType } from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { type Client, type ClientOptions, connect, PULLS, TRAIN } from './harness.ts';

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

/** A client that counts how often it is told to ask again. */
interface Asked {
  readonly client: Client;
  readonly said: (uri: string) => Promise<readonly Diagnostic[]>;
  /** Resolves when these are the rules of what is said. */
  readonly becomes: (uri: string, expected: readonly string[]) => Promise<void>;
  /** Resolves when the client was told to ask again `times` times, and then no more. */
  readonly settled: (times: number) => Promise<void>;
}

async function start(options: ClientOptions): Promise<Asked> {
  const workspace = { diagnostics: { refreshSupport: true } };
  const client = await connect(core, { capabilities: { ...PULLS, workspace }, ...options });
  open.push(client);
  const said = async (uri: string) => {
    const params = { textDocument: { uri } };
    const report = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', params);
    return report.items;
  };
  let asked = 0;
  client.connection.onRequest('workspace/diagnostic/refresh', () => {
    asked += 1;
    return null;
  });
  return {
    client,
    said,
    async becomes(uri, expected) {
      for (let i = 0; i < 100 && String(rules(await said(uri))) !== String(expected); i++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(rules(await said(uri)), expected);
    },
    async settled(times) {
      for (let i = 0; i < 100 && asked < times; i++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      await new Promise((resolve) => setTimeout(resolve, 40));
      assert.equal(asked, times);
    },
  };
}

const rules = (found: readonly Diagnostic[]) => found.map(({ code }) => code);
const close = ({ connection }: Client, uri: string) =>
  connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
const changed = ({ connection }: Client, uri: string) =>
  connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri, type: FileChangeType.Changed }],
  });

const SCRIPT = 'file:///ws/scripts/run.sh';
const PROGRAM = 'file:///ws/src/train.py';
const CONFIG = 'file:///ws/sft.yaml';
const SHARDED = 'accelerate launch --use_deepspeed --zero_stage 3 --num_processes 8 src/train.py\n';
const ALONE = 'accelerate launch --multi_gpu --num_processes 8 src/train.py\n';
const LORA =
  'model: Qwen/Qwen2.5-32B-Instruct\ndataset: a.jsonl\ntuner_type: lora\nmax_length: 8192\n';
const ON_CARD = '# tunelint: gpu=RTX 4090\nswift sft sft.yaml\n';

test('a script on the disk speaks for the program that it starts, after the program has', async () => {
  const { client, said, settled } = await start({ files: { [SCRIPT]: SHARDED } });
  await client.open(PROGRAM, TRAIN, 'python');
  assert.deepEqual(rules(await said(PROGRAM)), ['bf16-updates-lost']);
  await settled(1);
  assert.deepEqual(rules(await said(PROGRAM)), []);
  await client.edit(PROGRAM, 2, [3, 39], 0, ' ');
  assert.deepEqual(rules(await said(PROGRAM)), []);
  await settled(1);
});

test('a script that was written, or came or went, is read again', async () => {
  const files: Record<string, string> = { [SCRIPT]: ALONE };
  const { client, said, settled, becomes } = await start({ files });
  await client.open(PROGRAM, TRAIN, 'python');
  await said(PROGRAM);
  await settled(1);
  assert.deepEqual(rules(await said(PROGRAM)), ['bf16-updates-lost']);
  files[SCRIPT] = SHARDED;
  await changed(client, SCRIPT);
  await becomes(PROGRAM, []);
  delete files[SCRIPT];
  await changed(client, SCRIPT);
  await becomes(PROGRAM, ['bf16-updates-lost']);
});

test('an open script counts as it stands in the editor, and when it is closed as on the disk', async () => {
  const { client, said, settled, becomes } = await start({ files: { [SCRIPT]: SHARDED } });
  await client.open(PROGRAM, TRAIN, 'python');
  await said(PROGRAM);
  await settled(1);
  await client.open(SCRIPT, ALONE);
  await said(SCRIPT);
  assert.deepEqual(rules(await said(PROGRAM)), ['bf16-updates-lost']);
  await close(client, SCRIPT);
  await becomes(PROGRAM, []);
});

test('a program that is closed and opened again is spoken for again, and asked for no more often', async () => {
  const other = 'file:///ws/lib/train.py';
  const { client, said, settled, becomes } = await start({ files: { [SCRIPT]: SHARDED } });
  await client.open(PROGRAM, TRAIN, 'python');
  await said(PROGRAM);
  await settled(1);
  await close(client, PROGRAM);
  await client.open(other, TRAIN, 'python');
  assert.deepEqual(rules(await said(other)), ['bf16-updates-lost']);
  await client.edit(other, 2, [0, 0], 0, ' ');
  await said(other);
  await settled(1);
  await client.open(PROGRAM, TRAIN, 'python');
  await becomes(PROGRAM, []);
  assert.equal((await said(other)).length > 0, true);
});

test('what a script shows names it, and is mended where it stands', async () => {
  const script = 'file:///ws/run.sh';
  const { client, said, settled } = await start({ files: { [script]: ON_CARD } });
  await client.open(CONFIG, LORA, 'yaml');
  assert.deepEqual(rules(await said(CONFIG)), []);
  await settled(1);
  const found = await said(CONFIG);
  assert.deepEqual(rules(found), ['does-not-fit']);
  const [{ range, message } = {}] = found;
  assert.match(String(message), / \(in the run of run\.sh\)$/);
  const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri: CONFIG },
    range,
    context: { diagnostics: [], only: ['quickfix'] },
  });
  assert.ok(actions.some(({ edit }) => edit?.changes?.[CONFIG]));
});

test('a Makefile speaks by its recipes', async () => {
  const make = ['LR ?= 1e-5', 'train:', `\t@${SHARDED.trim()} --lr $(LR)`, ''].join('\n');
  const { client, said, settled } = await start({ files: { 'file:///ws/Makefile': make } });
  await client.open(PROGRAM, TRAIN, 'python');
  await said(PROGRAM);
  await settled(1);
  assert.deepEqual(rules(await said(PROGRAM)), []);
});

test('scripts in `scripts` are started from the folder above', async () => {
  const script = 'file:///ws/project/scripts/run.sh';
  const program = 'file:///ws/project/src/train.py';
  const { client, said, settled } = await start({ files: { [script]: SHARDED } });
  await client.open(program, TRAIN, 'python');
  await said(program);
  await settled(1);
  assert.deepEqual(rules(await said(program)), []);
});

test('scripts of other folders, of programs of the same name and of nobody are not heard', async () => {
  const files = {
    'file:///ws/src/other/run.sh': SHARDED,
    'file:///ws/src/run.sh': 'torchrun --nproc_per_node 2 lib/train.py\n',
    'file:///ws/src/lib/train.py': TRAIN,
    'file:///ws/eval.sh': '# train.py comes first\npython src/eval.py\n',
    'file:///elsewhere/run.sh': SHARDED,
  };
  const { client, said, settled } = await start({ files });
  await client.open(PROGRAM, TRAIN, 'python');
  assert.deepEqual(rules(await said(PROGRAM)), ['bf16-updates-lost']);
  await settled(0);
  assert.deepEqual(rules(await said(PROGRAM)), ['bf16-updates-lost']);
});

test('nothing is looked for where the user does not trust the files', async () => {
  const { client, said, settled } = await start({
    files: { [SCRIPT]: SHARDED },
    options: { trusted: false },
  });
  await client.open(PROGRAM, TRAIN, 'python');
  await said(PROGRAM);
  await settled(0);
  assert.deepEqual(rules(await said(PROGRAM)), ['bf16-updates-lost']);
});

test('a file that the script names counts as it changes', async () => {
  const zero = 'file:///ws/scripts/zero.yaml';
  const as = (type: string) =>
    `distributed_type: ${type}\nmixed_precision: bf16\nnum_machines: 1\nnum_processes: 8\n`;
  const files: Record<string, string> = {
    [SCRIPT]: 'accelerate launch --config_file zero.yaml src/train.py\n',
    [zero]: as('MULTI_GPU'),
  };
  const { client, said, settled } = await start({ files });
  await client.open(PROGRAM, TRAIN, 'python');
  await said(PROGRAM);
  await settled(1);
  const before = rules(await said(PROGRAM));
  files[zero] = `${as('DEEPSPEED')}deepspeed_config:\n  zero_stage: 3\n`;
  await changed(client, zero);
  await settled(2);
  assert.deepEqual([before, rules(await said(PROGRAM))], [['bf16-updates-lost'], []]);
});
