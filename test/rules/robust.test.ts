// Rules look at half-typed text all day: none may throw, and what they say must be whole.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Analysis } from '../../src-core/index.ts';
import { analyze } from '../../src-core/index.ts';
import type { CaseFile } from '../harness/case.ts';
import { filesBelow, readSuite } from '../harness/suite.ts';

const files = [...filesBelow('src-core/rules', '.md'), ...filesBelow('test/suites', '.md')]
  .flatMap((file) => readSuite(file).cases)
  .flatMap((one) => one.files);

function look({ name, language, text }: CaseFile, cut: number): Analysis {
  const file = { path: name, language, text: text.slice(0, cut) };
  return analyze({ file, settings: { gpu: 'RTX 4090' }, effort: 'typing' });
}

describe('rules on half-typed text', () => {
  test('there is some', () => assert.ok(files.length > 150, `${files.length} files`));

  test('never throw', () => {
    for (const file of files)
      for (let cut = 13; cut < file.text.length; cut += 137) {
        const { failures } = look(file, cut);
        assert.deepEqual(failures, [], file.text.slice(0, cut));
      }
  });

  test('answer to numbers beyond all reason', { timeout: 300_000 }, () => {
    let grown = 0;
    for (const file of files)
      for (const { index, 0: number } of file.text.matchAll(/(?<=[ :=])\d+(?=[ ,\n)])/g)) {
        const end = index + number.length;
        const text = `${file.text.slice(0, end)}1234567${file.text.slice(end)}`;
        assert.deepEqual(look({ ...file, text }, text.length).failures, [], text);
        grown += 1;
      }
    assert.ok(grown > 300, `${grown} numbers`);
  });

  test('say whole sentences, without holes', () => {
    for (const file of files)
      for (const { rule, message, fixes } of look(file, file.text.length).findings) {
        assert.doesNotMatch(
          message,
          /undefined|NaN of|(?<!`)null|\[object|Symbol/,
          `${rule}: ${message}`,
        );
        const titles = fixes.map(({ title }) => title);
        assert.equal(new Set(titles).size, titles.length, `${rule} offers twice: ${titles}`);
      }
  });
});
