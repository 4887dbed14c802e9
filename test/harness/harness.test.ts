// The harness itself: a wrong expectation must fail.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Finding } from '../../src-core/finding.ts';
import { caseOf } from './case.ts';
import { parseMarkdown, replaceBlocks } from './markdown.ts';
import { insertRulers, stripRulers } from './rulers.ts';

const LAMP = '\u{1f4a1}';

function finding(text: string, word: string, more: Partial<Finding> = {}): Finding {
  const start = text.indexOf(word);
  return {
    rule: 'some-rule',
    severity: 'error',
    claim: 'arithmetic',
    message: 'the message in full',
    file: 'x',
    span: { start, end: start + word.length },
    related: [],
    fixes: [],
    cites: [],
    ...more,
  };
}

const fix = { title: 'mend', safety: 'safe' as const, files: [] };

describe('rulers', () => {
  test('are taken out, wherever they stand', () => {
    const block = '{\n  "a": 1,\n       ^ error[r] x\n  "b": 2\n  // ^ hint[s] y\n}\n';
    const { text, rulers } = stripRulers(block);
    assert.equal(text, '{\n  "a": 1,\n  "b": 2\n}\n');
    assert.deepEqual(
      rulers.map(({ line, start, end, rule }) => [line, start, end, rule]),
      [
        [1, 7, 8, 'r'],
        [2, 5, 6, 's'],
      ],
    );
  });

  test('with a slip are refused', () => {
    assert.throws(() => stripRulers('a\n^ eror[r] x\n'), SyntaxError);
    assert.throws(() => stripRulers('a\n^^\n'), SyntaxError);
  });

  const holds = (block: string, more: Partial<Finding> = {}, word = 'bad'): boolean => {
    const { text, rulers } = stripRulers(block);
    return insertRulers(text, [finding(text, word, more)], rulers) === block;
  };

  test('hold exactly when everything agrees', () => {
    assert.ok(holds('a bad b\n  ^^^ error[some-rule] message in\n'));
    assert.ok(holds(`a bad b\n  ^^^ error[some-rule] full ${LAMP}\n`, { fixes: [fix] }));
    assert.ok(!holds('a bad b\n ^^^ error[some-rule] message\n'), 'place');
    assert.ok(!holds('a bad b\n  ^^ error[some-rule] message\n'), 'length');
    assert.ok(!holds('a bad b\n  ^^^ warning[some-rule] message\n'), 'severity');
    assert.ok(!holds('a bad b\n  ^^^ error[other-rule] message\n'), 'rule');
    assert.ok(!holds('a bad b\n  ^^^ error[some-rule] massage\n'), 'message');
    assert.ok(!holds(`a bad b\n  ^^^ error[some-rule] message ${LAMP}\n`), 'no fix');
    assert.ok(!holds('a bad b\n  ^^^ error[some-rule] message\n', { fixes: [fix] }), 'a fix');
    assert.ok(!holds('a bad b\n'), 'a finding without ruler');
  });

  test('without a finding fail', () => {
    const { text, rulers } = stripRulers('a\n^ error[r] x\n');
    assert.equal(insertRulers(text, [], rulers), 'a\n');
  });

  test('each stand for one finding', () => {
    const { text, rulers } = stripRulers('a bad b\n  ^^^ error[some-rule] message\n');
    const twice = [finding(text, 'bad'), finding(text, 'bad')];
    assert.equal(insertRulers(text, twice, rulers).split('\n').length, 4);
  });

  test('of a span over lines mark the first', () => {
    const text = 'one two\nthree\n';
    const span = { start: 4, end: 12 };
    const out = insertRulers(text, [finding(text, 'two', { span })], []);
    assert.equal(out.split('\n')[1]?.split(' error')[0], '    ^^^');
  });
});

describe('suites', () => {
  const source = [
    '# top',
    'gpu: H100',
    '## first',
    'rules: a-rule, b-rule',
    '```sh title="run.sh"',
    'x',
    '```',
    '```sh fixed',
    'y',
    '```',
    '## second',
    '````text',
    '```sh',
    '````',
    '```yaml',
    'k: 1',
    '```',
    '```yaml',
    'k: 2',
    '```',
    '```json settings',
    '{ "gpus": 2 }',
    '```',
    '',
  ].join('\n');

  test('read files, settings and what is looked at', () => {
    const cases = parseMarkdown(source).flatMap((section) => caseOf(section) ?? []);
    const [first, second] = cases;
    assert.equal(cases.length, 2);
    assert.equal(first?.title, 'top › first');
    assert.deepEqual(first?.settings, { gpu: 'H100' });
    assert.deepEqual(first?.only, ['a-rule', 'b-rule']);
    assert.deepEqual(
      first?.fixed.map(({ of, text }) => [of, text]),
      [['run.sh', 'y\n']],
    );
    assert.deepEqual(
      second?.files.map(({ name, text }) => [name, text]),
      [
        ['train.yaml', 'k: 1\n'],
        ['train-2.yaml', 'k: 2\n'],
      ],
    );
    assert.deepEqual(second?.settings, { gpu: 'H100', gpus: 2 });
    assert.deepEqual(second?.only, []);
  });

  test('are rewritten block by block', () => {
    const blocks = parseMarkdown(source).flatMap((section) => section.blocks);
    const [run, , , yaml] = blocks;
    assert.ok(run && yaml);
    const changed = replaceBlocks(
      source,
      new Map([
        [run, 'one\ntwo\n'],
        [yaml, ''],
      ]),
    );
    assert.ok(changed.includes('```sh title="run.sh"\none\ntwo\n```\n'));
    assert.ok(changed.includes('```yaml\n```\n'));
    assert.equal(replaceBlocks(source, new Map(blocks.map((b) => [b, b.text]))), source);
  });
});
