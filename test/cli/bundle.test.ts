// The bundled server over standard input and output, with files on the disk.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { factoryConfig } from '../harness/factory-config.ts';
import { root } from '../harness/suite.ts';
import { BAD, folderWith, GOOD } from './terminal.ts';

const YAML = factoryConfig();

/** Starts a bundled server and opens a script in it. */
async function open(
  t: TestContext,
  bundle: string,
  file: { uri: string; text: string },
  locale = 'en',
) {
  const server = spawn(process.execPath, [path.join(bundle, 'server.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => server.kill());
  const client = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  client.listen();
  const initializationOptions = { gpu: 'RTX 4090' };
  const capabilities = { textDocument: { diagnostic: {} } };
  const params = { capabilities, processId: process.pid, initializationOptions, locale };
  await client.sendRequest('initialize', params);
  await client.sendNotification('initialized', {});
  const textDocument = { ...file, languageId: 'shellscript', version: 1 };
  await client.sendNotification('textDocument/didOpen', { textDocument });
  return {
    ask: async (method: string): Promise<string> =>
      JSON.stringify(await client.sendRequest(method, { textDocument: { uri: file.uri } })),
    /** Ends it as a client should; resolves with the exit code. */
    async stop(): Promise<unknown> {
      await client.sendRequest('shutdown');
      const code = new Promise((resolve) => server.once('exit', resolve));
      await client.sendNotification('exit');
      return code;
    },
  };
}

test('reads the config that a script names', async (t) => {
  const folder = folderWith(t, { 'run.sh': '', 'train.yaml': YAML });
  const uri = pathToFileURL(path.join(folder, 'run.sh')).href;
  const text = 'llamafactory-cli train train.yaml\n';
  const server = await open(t, path.join(root, 'dist'), { uri, text });
  assert.match(await server.ask('textDocument/codeLens'), /Qwen2\.5-7B-Instruct/);
  assert.equal(await server.stop(), 0);
});

test('speaks Chinese from the table that is shipped', async (t) => {
  const text =
    'swift sft --model Qwen/Qwen2.5-7B-Instruct --dataset a.jsonl --learning_rats 1e-4\n';
  const file = { uri: 'file:///w/run.sh', text };
  const server = await open(t, path.join(root, 'dist'), file, 'zh-cn');
  assert.match(
    await server.ask('textDocument/diagnostic'),
    /没有.*learning_rats|learning_rats.*没有/,
  );
  assert.equal(await server.stop(), 0);
});

test('messages may come in any pieces', async (t) => {
  const server = spawn(process.execPath, [path.join(root, 'dist/server.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => server.kill());
  const uri = 'file:///w/run.sh';
  const text =
    '# Größe: 7 Mrd.\nswift sft --model Qwen/Qwen2.5-7B-Instruct --dataset a.jsonl --learning_rats 1e-4\n';
  const textDocument = { uri, text, languageId: 'shellscript', version: 1 };
  const asked = { textDocument: { uri } };
  const capabilities = { textDocument: { diagnostic: {} } };
  const messages = [
    { id: 1, method: 'initialize', params: { capabilities, processId: process.pid } },
    { method: 'initialized', params: {} },
    { method: 'textDocument/didOpen', params: { textDocument } },
    { id: 2, method: 'textDocument/diagnostic', params: asked },
  ];
  const bytes = Buffer.concat(
    messages.map((message) => {
      const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
      return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
    }),
  );
  let said = '';
  const answered = new Promise<void>((resolve) => {
    server.stdout.on('data', (chunk) => {
      said += chunk;
      if (said.includes('"id":2')) resolve();
    });
  });
  for (let at = 0; at < bytes.length; at += 37) {
    server.stdin.write(bytes.subarray(at, at + 37));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await answered;
  assert.match(said, /learning_rats/);
});

test('a client that hangs up ends the server', async (t) => {
  const server = spawn(process.execPath, [path.join(root, 'dist/server.js'), '--stdio']);
  t.after(() => server.kill());
  server.stdin.end();
  assert.equal(await new Promise((resolve) => server.once('exit', resolve)), 1);
});

test('a check with compiled code that earlier ones have kept says what the first said', (t) => {
  const bundle = folderWith(t, { 'bad.sh': BAD, '-long.sh': GOOD });
  for (const name of ['cli.js', 'cli.core.js', 'tables.txt'])
    copyFileSync(path.join(root, 'dist', name), path.join(bundle, name));
  const all = () => readdirSync(bundle).filter((name) => name.startsWith('.cli-'));
  const kept = () => all().filter((name) => name.endsWith('.cache'));
  const check = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [path.join(bundle, 'cli.js'), 'check', ...words], {
      cwd: bundle,
      encoding: 'utf8',
      env: { ...process.env, CI: undefined, ...env },
    });
  const once = check(['bad.sh'], { CI: 'true' });
  assert.match(once.stdout, /fp16-overflows-model/, once.stderr);
  assert.deepEqual(all(), [], 'nothing is kept where there is no next time');
  for (const damage of [false, false, true]) {
    if (damage) for (const name of all()) writeFileSync(path.join(bundle, name), 'x');
    const again = check(['bad.sh']);
    assert.equal(again.stdout, once.stdout);
    assert.equal(again.status, 1);
    assert.equal(kept().length, 1);
  }
  assert.ok(
    statSync(path.join(bundle, kept()[0] ?? '')).size > 100_000,
    'damaged code is replaced',
  );
  assert.equal(check(['-long.sh'].map((name) => `./${name}`)).status, 0);
  assert.equal(kept().length, 1, 'one for each language');
  const long = check(['--', 'swift', 'sft', '--dataset', 'x', '--system', 'x'.repeat(5000)]);
  assert.match(long.stdout, /<command> +swift/, 'a word that is too long for a path stops nothing');
  assert.equal(kept().length, 2);
});

test('a check with estimates that earlier ones have kept says what the first said', (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 310 }, (_, i) => [
      `t${i}.sh`,
      BAD.replace('x.json', `x.json --lora_rank ${8 + (i % 12)}`),
    ]),
  );
  const cwd = folderWith(t, files);
  const bundle = folderWith(t, {});
  for (const name of ['cli.js', 'cli.core.js', 'tables.txt'])
    copyFileSync(path.join(root, 'dist', name), path.join(bundle, name));
  const estimates = () => readdirSync(bundle).find((name) => name.endsWith('-estimates')) ?? '';
  const check = () => {
    const argv = [
      path.join(bundle, 'cli.js'),
      'check',
      '.',
      '--gpu',
      'RTX 3060',
      '--format',
      'json',
    ];
    const env = { ...process.env, CI: undefined };
    return spawnSync(process.execPath, argv, { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  };
  const first = check();
  assert.match(first.stdout, /fp16-overflows-model/, first.stderr);
  const kept = readFileSync(path.join(bundle, estimates()), 'utf8');
  const ranks = new Set([...kept.matchAll(/"rank":(\d+)/g)].map(([, rank]) => rank));
  assert.ok(ranks.size === 12, 'each thread tells what it has found');
  for (const text of [kept, kept.replaceAll(/"reserved":\d+/g, '"reserved":""')]) {
    writeFileSync(path.join(bundle, estimates()), text);
    assert.ok(check().stdout === first.stdout);
  }
  // What is kept is believed: with another figure in it the report is another.
  writeFileSync(path.join(bundle, estimates()), kept.replaceAll(/"reserved":\d+/g, '"reserved":1'));
  assert.ok(check().stdout !== first.stdout, 'what is kept is read');
});

test('a start with what earlier ones have kept says what the first said', async (t) => {
  const bundle = folderWith(t, {});
  for (const name of ['server.js', 'server.core.js', 'tables.txt'])
    copyFileSync(path.join(root, 'dist', name), path.join(bundle, name));
  const kept = () => readdirSync(bundle).filter((name) => name.startsWith('.server-'));
  const text =
    'swift sft --model Qwen/Qwen2.5-7B-Instruct --tuner_type full --torch_dtype bfloat16\n';
  const said: string[] = [];
  for (const damage of [false, false, true]) {
    if (damage) for (const name of kept()) writeFileSync(path.join(bundle, name), '{"\n[1');
    const server = await open(t, bundle, { uri: 'file:///w/run.sh', text });
    const diagnostics = await server.ask('textDocument/diagnostic');
    said.push(diagnostics + (await server.ask('textDocument/codeLens')));
    assert.equal(await server.stop(), 0);
    assert.match(kept().join(' '), /-estimates\b/);
  }
  const [first = '', ...later] = said;
  assert.match(first, /does not fit/);
  for (const again of later) assert.equal(again, first);
});
