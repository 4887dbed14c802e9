// The bundled server over standard input and output, with files on the disk.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { root } from '../harness/suite.ts';
import { folderWith } from './terminal.ts';

const YAML = `model_name_or_path: Qwen/Qwen2.5-7B-Instruct
stage: sft
do_train: true
finetuning_type: lora
template: qwen
dataset: identity
output_dir: out
`;

test('reads the config that a script names', async (t) => {
  const folder = folderWith(t, { 'run.sh': '', 'train.yaml': YAML });
  const uri = pathToFileURL(path.join(folder, 'run.sh')).href;
  const server = spawn(process.execPath, [path.join(root, 'dist/server.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => server.kill());
  const client = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  client.listen();
  await client.sendRequest('initialize', { capabilities: {}, processId: process.pid });
  await client.sendNotification('initialized', {});
  const text = 'llamafactory-cli train train.yaml\n';
  const textDocument = { uri, languageId: 'shellscript', version: 1, text };
  await client.sendNotification('textDocument/didOpen', { textDocument });
  const lenses = await client.sendRequest('textDocument/codeLens', { textDocument: { uri } });
  assert.match(JSON.stringify(lenses), /Qwen2\.5-7B-Instruct/);
  await client.sendRequest('shutdown');
  await client.sendNotification('exit');
  assert.equal(await new Promise((resolve) => server.once('exit', resolve)), 0);
});
