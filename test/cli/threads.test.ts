// A check in several threads says what one thread says, whatever becomes of the others.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { outcomeOf } from '../../server/cli/outcome.ts';
import { languageOf } from '../../src-core/text/source-file.ts';
import { everyFile } from '../harness/every-file.ts';
import { root } from '../harness/suite.ts';
import { BAD, folderWith, tunelint } from './terminal.ts';

const program = path.join(root, 'dist/cli.js');
const many = (text: string) =>
  Object.fromEntries(Array.from({ length: 320 }, (_, i) => [`t${i}.sh`, text]));

/** A program for the threads that runs `code` first, then the real one. */
function behind(t: TestContext, code: string): string {
  const folder = folderWith(t, {
    'thread.cjs': `const { parentPort } = require('node:worker_threads');\n${code}\nrequire(${JSON.stringify(program)});\n`,
  });
  return path.join(folder, 'thread.cjs');
}

describe('several threads', () => {
  test('give the same reports, over every file there is', async (t) => {
    const cwd = folderWith(t, everyFile());
    const threads = { program, most: 3 };
    for (const format of ['pretty', 'json']) {
      const argv = ['check', '.', '--format', format];
      const one = await tunelint(argv, { cwd });
      assert.equal(one.err, '');
      const several = await tunelint(argv, { cwd, threads });
      // A difference of megabytes would take minutes to be shown.
      assert.ok(several.out === one.out, `${format} differs`);
      assert.equal(several.code, one.code);
      assert.equal(several.err, '');
    }
  });

  test('share the files', async (t) => {
    const told = path.join(folderWith(t, {}), 'told');
    const note = `require('node:fs').appendFileSync(${JSON.stringify(told)}, (files.length ?? 'under') + '\\n')`;
    const watched = behind(t, `parentPort.on('message', (files) => ${note});`);
    const cwd = folderWith(t, many(BAD));
    await tunelint(['check', '.'], { cwd, threads: { program: watched, most: 1 } });
    assert.ok(!existsSync(told), 'one thread is this one');
    await tunelint(['check', '.'], { cwd, threads: { program: watched, most: 2 } });
    assert.match(readFileSync(told, 'utf8'), /^under\n8\n/);
  });

  test('fix what one fixes', async (t) => {
    const argv = ['check', '.', '--fix-unsafe', '--format', 'github'];
    const [first, second] = [folderWith(t, many(BAD)), folderWith(t, many(BAD))];
    const one = await tunelint(argv, { cwd: first });
    assert.match(one.err, /320 fixed/);
    assert.deepEqual(await tunelint(argv, { cwd: second, threads: { program, most: 2 } }), one);
    const texts = (folder: string) =>
      readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'));
    assert.deepEqual(texts(second), texts(first));
  });
});

describe('a thread that dies', () => {
  for (const [how, code] of [
    ['at its start', `throw new Error('no');`],
    ['at its first files', `parentPort.on('message', () => { throw new Error('no'); });`],
    ['silently', `parentPort.once('message', () => process.exit(0));`],
  ] as const)
    test(`${how} leaves its files to the others`, async (t) => {
      const cwd = folderWith(t, many(BAD));
      const argv = ['check', '.', '--format', 'json'];
      const one = await tunelint(argv, { cwd });
      const threads = { program: behind(t, code), most: 3 };
      assert.deepEqual(await tunelint(argv, { cwd, threads }), one);
    });

  test('as there is no such program', async (t) => {
    const cwd = folderWith(t, many(BAD));
    const one = await tunelint(['check', '.'], { cwd });
    const threads = { program: path.join(cwd, 'none.js'), most: 2 };
    assert.deepEqual(await tunelint(['check', '.'], { cwd, threads }), one);
  });
});

test('what is kept of a file can be sent, for every file there is', (t) => {
  const cwd = folderWith(t, everyFile());
  const conditions = { options: { settings: {} }, cwd, estimated: 'all' } as const;
  for (const [name, text] of Object.entries(everyFile())) {
    const language = languageOf(name);
    if (language === undefined) continue;
    const read = { bom: 0, encoding: 'utf8', named: false } as const;
    const outcome = outcomeOf({ path: name, text, language, ...read }, conditions);
    assert.deepEqual(structuredClone(outcome), outcome, name);
  }
});
