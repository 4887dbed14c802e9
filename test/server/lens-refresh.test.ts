import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { ClientCapabilities, CodeLens } from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { factoryConfig } from '../harness/factory-config.ts';
import { type Client, connect, PULLS } from './harness.ts';

const SCRIPT = 'file:///ws/run.sh';
const CONFIG = 'file:///ws/sft.yaml';
const YAML = factoryConfig('lora_rank: 8', 'bf16: true');
const RANK = { at: [7, 'lora_rank: '.length] as [number, number], length: 1 };
const REFRESHES: ClientCapabilities = {
  ...PULLS,
  workspace: { ...PULLS.workspace, codeLens: { refreshSupport: true } },
};

/** A refresh that does not come ends the test, not the run of all tests. */
const limit = { timeout: 60_000 };

/** A client that shows the line above the run of a script, and counts how often it is told to ask anew. */
interface Watcher {
  readonly client: Client;
  readonly files: Record<string, string>;
  readonly asked: () => number;
  readonly line: () => Promise<string>;
}

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function watch(capabilities: ClientCapabilities): Promise<Watcher> {
  const files: Record<string, string> = { [CONFIG]: YAML };
  const client = await connect(core, { files, capabilities });
  open.push(client);
  let asked = 0;
  client.connection.onRequest('workspace/codeLens/refresh', () => {
    asked += 1;
    return null;
  });
  await client.open(SCRIPT, 'llamafactory-cli train sft.yaml\n');
  const line = async () => {
    const params = { textDocument: { uri: SCRIPT } };
    const [lens] = await client.request<CodeLens[]>('textDocument/codeLens', params);
    return lens?.command?.title ?? '';
  };
  assert.match(await line(), /LoRA r8/);
  return { client, files, asked: () => asked, line };
}

async function untilAsked({ asked }: Watcher, count: number): Promise<void> {
  while (asked() < count) await new Promise((resolve) => setImmediate(resolve));
}

test('an edit of the config that a script names renews the line in the script', limit, async () => {
  const watcher = await watch(REFRESHES);
  await watcher.client.open(CONFIG, YAML, 'yaml');
  await untilAsked(watcher, 1); // what is open may differ from what is on disk
  await watcher.client.edit(CONFIG, 2, RANK.at, RANK.length, '64');
  await untilAsked(watcher, 2);
  assert.match(await watcher.line(), /LoRA r64/);
});

test('so does a change on disk', limit, async () => {
  const watcher = await watch(REFRESHES);
  watcher.files[CONFIG] = YAML.replace('lora_rank: 8', 'lora_rank: 32');
  const changes = [{ uri: CONFIG, type: 2 }];
  await watcher.client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
  await untilAsked(watcher, 1);
  assert.match(await watcher.line(), /LoRA r32/);
});

test(
  'a client that cannot be told is not told, and files that nobody names tell nothing',
  limit,
  async () => {
    const plain = await watch(PULLS);
    const other = await watch(REFRESHES);
    const watcher = await watch(REFRESHES);
    await plain.client.open(CONFIG, YAML, 'yaml');
    await other.client.open('file:///ws/another.yaml', YAML, 'yaml');
    await watcher.client.open(CONFIG, YAML, 'yaml');
    await untilAsked(watcher, 1);
    assert.deepEqual([plain.asked(), other.asked()], [0, 0]);
  },
);
