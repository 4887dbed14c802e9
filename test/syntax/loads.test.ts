// What TuneLint says does not load, beside PyYAML's safe loader and Python's json (test/measure/loads.py).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { lineIndex } from '../../src-core/text/source-file.ts';
import { parse } from './show.ts';

interface Loaded {
  readonly language: 'yaml' | 'json';
  readonly text: string;
  /** Where the loader stops; 0 where it names no place, `null` where it does not stop. */
  readonly line: number | null;
}

const CASES: readonly Loaded[] = JSON.parse(
  readFileSync(new URL('../golden/loads.json', import.meta.url), 'utf8'),
);

/** Excerpts, which nobody loads; a second document behind the mark that ends one is none. */
const EXCERPT = /^\.{3}$/m;

describe('a file loads where the loader of the framework loads it', () => {
  const cases = CASES.filter(({ text }) => !EXCERPT.test(text));
  test('and not elsewhere', () => {
    const wrong = cases.filter(
      ({ language, text, line }) => (parse(language, text).fault === undefined) !== (line === null),
    );
    assert.deepEqual(wrong, []);
    assert.ok(cases.filter(({ line }) => line !== null).length > 150);
  });

  test('and what is wrong stands where the loader stops, or before', () => {
    const late = cases.flatMap(({ language, text, line }) => {
      const { fault } = parse(language, text);
      if (fault === undefined || line === null || line === 0) return [];
      const own = lineIndex(text).positionAt(fault.span.start).line + 1;
      return own <= line ? [] : [{ text, own, line }];
    });
    assert.deepEqual(late, []);
  });

  test('but templates and excerpts are not loaded as they stand', () => {
    for (const text of [
      'a: {{ x }}\nb 1\n',
      '{% if a %}\nb: 1\n{% endif %}\nc 1\n',
      'a: 1\n...\nb 1\n',
    ])
      assert.equal(parse('yaml', text).fault, undefined, text);
    for (const text of ['{"a": {{ x }}}', '{"a": 1,\n  ...\n}', '{"a": 1, // ...\n "b": 2}'])
      assert.equal(parse('json', text).fault, undefined, text);
  });
});
