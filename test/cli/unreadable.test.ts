// Paths that are no plain text file: each is named, and the others are checked all the same.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs, {
  chmodSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { describe, test } from 'node:test';
import { factoryConfig } from '../harness/factory-config.ts';
import { root } from '../harness/suite.ts';
import { BAD, folderWith, GOOD, tunelint } from './terminal.ts';

const posix = process.platform === 'win32' ? { skip: 'needs links and pipes' } : {};

describe('a path that cannot be followed', posix, () => {
  test('is told in a line', async (t) => {
    const cwd = folderWith(t, { 'good.sh': GOOD });
    symlinkSync('loop.sh', path.join(cwd, 'loop.sh'));
    const long = `${'x'.repeat(300)}.sh`;
    const { code, out, err } = await tunelint(
      ['check', 'loop.sh', 'good.sh/foo', long, 'good.sh'],
      { cwd },
    );
    assert.equal(code, 2);
    assert.match(err, /loop\.sh: cannot be read \(ELOOP\)/);
    assert.match(err, /good\.sh\/foo: no such file or folder/);
    assert.match(err, /x\.sh: cannot be read \(ENAMETOOLONG\)/);
    assert.doesNotMatch(err, /internal error/);
    assert.match(out, /good\.sh/);
  });

  test('below a folder without permission, too', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root may read everything');
    const cwd = folderWith(t, { 'good.sh': GOOD, 'shut/a.sh': GOOD });
    chmodSync(path.join(cwd, 'shut'), 0);
    t.after(() => chmodSync(path.join(cwd, 'shut'), 0o700));
    const { code, err } = await tunelint(['check', 'shut/a.sh', 'good.sh'], { cwd });
    assert.equal(code, 2);
    assert.match(err, /shut\/a\.sh: no permission to read it/);
  });
});

describe('a pipe or a device', posix, () => {
  test('is not waited for: named, in a folder, or named by a config', async (t) => {
    const config = factoryConfig('bf16: true\ndeepspeed: pipe.json');
    const cwd = folderWith(t, { 'good.sh': GOOD, 'train.yaml': config });
    execFileSync('mkfifo', [path.join(cwd, 'pipe.sh'), path.join(cwd, 'pipe.json')]);
    symlinkSync('/dev/zero', path.join(cwd, 'zero.sh'));
    const named = await tunelint(['check', 'pipe.sh', 'zero.sh', 'good.sh'], { cwd });
    assert.equal(named.code, 2);
    assert.match(named.err, /pipe\.sh: not a regular file/);
    assert.match(named.err, /zero\.sh: not a regular file/);
    const folder = await tunelint(['check', '.', '--format', 'json'], { cwd });
    assert.equal(folder.err, '');
    assert.match(folder.out, /train\.yaml/);
  });
});

test('a notebook nested too deeply says nothing', async (t) => {
  const cwd = folderWith(t, { 'deep.ipynb': `{"cells": ${'['.repeat(10_000)}` });
  const { code, err } = await tunelint(['check', 'deep.ipynb'], { cwd });
  assert.equal(err, '');
  assert.equal(code, 0);
});

test('what cannot be written is not counted as fixed', async (t) => {
  const cwd = folderWith(t, { 'other.sh': BAD });
  const sealed = path.join(cwd, 'sealed.sh');
  writeFileSync(sealed, BAD);
  t.mock.method(fs, 'writeFileSync', (file: string, text: Buffer) => {
    if (file === sealed) throw new Error('EROFS');
    writeSync(openSync(file, 'w'), text);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const alone = await tunelint(['check', '--fix-unsafe', 'sealed.sh'], { cwd });
  assert.equal(alone.code, 2);
  assert.match(alone.err, /sealed\.sh: cannot be written/);
  assert.doesNotMatch(alone.err, /fixed in/);
  const both = await tunelint(['check', '--fix-unsafe', 'sealed.sh', 'other.sh'], { cwd });
  assert.match(both.err, /1 fixed in other\.sh\n/);
});

test('output that cannot be written is told in a line', {
  skip: process.platform !== 'linux',
}, () => {
  const script = 'node --import tsx server/cli.ts rules > /dev/full';
  assert.throws(
    () => execFileSync('sh', ['-c', script], { stdio: 'pipe' }),
    ({ status, stderr }) =>
      status === 2 && String(stderr) === 'tunelint: the output cannot be written (ENOSPC)\n',
  );
});

describe('UTF-16 with a byte order mark', () => {
  const wide = (text: string) => Buffer.from(`\u{feff}${text}`, 'utf16le');

  test('is read, and kept by a fix', async (t) => {
    const cwd = folderWith(t, { 'le.sh': wide(BAD), 'be.sh': wide(BAD).swap16() });
    const found = await tunelint(['check', 'le.sh', 'be.sh'], { cwd });
    assert.equal(found.code, 1);
    assert.equal(found.err, '');
    await tunelint(['check', '--fix-unsafe', 'le.sh', 'be.sh'], { cwd });
    assert.deepEqual(readFileSync(path.join(cwd, 'le.sh')), wide(GOOD));
    assert.deepEqual(readFileSync(path.join(cwd, 'be.sh')), wide(GOOD).swap16());
  });

  test('a log of PowerShell 5', async (t) => {
    const log = readFileSync(path.join(root, 'test/e2e/fixtures/logs/oom.err'), 'utf8');
    const cwd = folderWith(t, { 'train.log': wide(log.replaceAll('\n', '\r\n')) });
    const { out } = await tunelint(['check', 'train.log'], { cwd });
    assert.match(out, /out-of-memory/);
  });

  test('with NUL letters it is no text', async (t) => {
    const cwd = folderWith(t, { 'blob.sh': Buffer.from([0xff, 0xfe, 0, 0, 65, 0]) });
    assert.match((await tunelint(['check', 'blob.sh'], { cwd })).err, /not a text file/);
  });
});
