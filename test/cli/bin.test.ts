// The bundled program, as a user starts it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { root } from '../harness/suite.ts';
import { BAD, folderWith, GOOD } from './terminal.ts';

const bin = path.join(root, 'dist/cli.js');

function run(argv: readonly string[], options: { cwd?: string; input?: string | Buffer } = {}) {
  return spawnSync(process.execPath, [bin, ...argv], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    ...options,
  });
}

describe('the program', () => {
  before(() => {
    const built = spawnSync(process.execPath, [path.join(root, 'setup.mjs')], { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
  });

  test('lints the bundled example, as npm start does', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    assert.match(scripts.start, /^node dist\/cli\.js check examples\/train\.sh --gpu "RTX 4090D"/);
    const done = run(['check', 'examples/train.sh', '--gpu', 'RTX 4090D', '--exit-zero'], {
      cwd: root,
    });
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /fp16-overflows-model/);
    assert.match(done.stdout, /total .*GiB/);
  });

  test('the bundles that are read as Latin-1 are ASCII', () => {
    for (const name of ['server.core.js', 'cli.core.js']) {
      const bundle = readFileSync(path.join(root, 'dist', name), 'latin1');
      assert.equal(/[^\0-\x7f]/.exec(bundle)?.[0], undefined);
      assert.ok(bundle.includes('\\u2026'), 'what is not ASCII is escaped');
    }
  });

  test('reads stdin, fixes it, and tells by its exit code', () => {
    const argv = ['check', '--stdin-filename', 'train.sh'];
    assert.equal(run(argv, { input: BAD }).status, 1);
    assert.equal(run(argv, { input: GOOD }).status, 0);
    const fixed = run([...argv, '--fix-unsafe'], { input: BAD });
    assert.equal(fixed.stdout, GOOD);
  });

  test('prints a large report whole into a pipe', (t) => {
    const files = Array.from({ length: 40 }, (_, i) => [`t${i}.sh`, BAD] as const);
    const cwd = folderWith(t, Object.fromEntries(files));
    const done = run(['check', '.', '--format', 'json'], { cwd });
    assert.equal(JSON.parse(done.stdout).files.length, files.length);
  });

  test('answers as a language server', async () => {
    const server = spawn(process.execPath, [bin, 'lsp', '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      send(server, { id: 1, method: 'initialize', params: { capabilities: {}, processId: null } });
      const answer = await firstAnswer(server);
      assert.ok(answer.result.capabilities.hoverProvider);
      send(server, { id: 2, method: 'shutdown' });
      send(server, { method: 'exit' });
      assert.equal(await new Promise((resolve) => server.once('exit', resolve)), 0);
    } finally {
      server.kill();
    }
  });
});

function send(server: ChildProcess, message: object): void {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  server.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

interface Answer {
  readonly result: { readonly capabilities: { readonly hoverProvider?: unknown } };
}

/** The first message with an id. */
function firstAnswer(server: ChildProcess): Promise<Answer> {
  let seen = '';
  return new Promise((resolve) => {
    server.stdout?.on('data', (data: Buffer) => {
      seen += data.toString();
      const found =
        /Content-Length: \d+\r\n\r\n(\{"jsonrpc":"2\.0","id":1,.*?\}\})(?=Content|$)/s.exec(seen);
      if (found !== null) resolve(JSON.parse(found[1] ?? ''));
    });
  });
}
