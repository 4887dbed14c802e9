import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chained, fill } from '../../client/panel/words.ts';

const chinese: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('../../l10n/bundle.l10n.zh-cn.json', import.meta.url), 'utf8'),
);

test('texts of the panel are put together by the language', () => {
  assert.equal(chained('{0}, {1}', ['a', 'b {0}', 'c']), 'a, b {0}, c');
  assert.equal(chained('{0}, {1}', []), '');
  const templates = ['{0}: {1}', '{0} ({1} to {2})', '{0}, {1}', '{0}: {1}, {2} ({3}, {4})'];
  for (const template of templates) {
    const filled = fill(chinese[template] ?? '', '甲', '乙', '丙', '丁', '戊');
    assert.doesNotMatch(filled, /[:,()] ?/, template);
  }
  assert.equal(fill(chinese['{0} {1}'] ?? '', '一。', '二。'), '一。二。');
});
