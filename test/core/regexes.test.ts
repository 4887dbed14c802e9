// No regular expression of ours may take a time that grows faster than the text it reads because two of its
// parts can share out the same characters in many ways. `scslre` proves it from the expression alone.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { type Options, parse } from 'acorn';
import { transformSync } from 'esbuild';
import { analyse } from 'scslre';
import { root } from '../harness/suite.ts';

/** The literals of one file, as `{ source, flags }`. */
function literalsIn(file: string): readonly { source: string; flags: string }[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  // Far quicker than to transform and to parse every file.
  if (!/[(=:,[!&|?;>] *\/[^/*]/.test(text)) return [];
  const { code } = transformSync(text, { loader: 'ts', target: 'es2022', charset: 'utf8' });
  const found: { source: string; flags: string }[] = [];
  const onToken: Options['onToken'] = ({ type, start, end }) => {
    const [, source = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(code.slice(start, end)) ?? [];
    if (type.label === 'regexp') found.push({ source, flags });
  };
  parse(code, { ecmaVersion: 2022, sourceType: 'module', onToken });
  return found;
}

/** Ways in which parts of the expression share out the same characters. */
function sharedOut(literal: { source: string; flags: string }): readonly string[] {
  const { reports } = analyse(literal);
  return reports
    .filter(({ type, exponential }) => exponential || type !== 'Move')
    .map(({ type }) => type);
}

describe('regular expressions', () => {
  test('have one way to read a text', () => {
    const files = ['src-core', 'server', 'client'].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => path.join(folder, name)),
    );
    const literals = files.flatMap((file) => literalsIn(file).map((one) => ({ file, ...one })));
    assert.ok(literals.length > 500, 'the literals were found');
    const bad = literals.flatMap(({ file, ...literal }) =>
      sharedOut(literal).map((type) => `${file}: /${literal.source}/ (${type})`),
    );
    assert.deepEqual(bad, []);
  });

  test('with several ways are seen', () => {
    const listed = String.raw`^import \((?:#.*|[^()#])*\)`;
    assert.notDeepEqual(sharedOut({ source: listed, flags: 'm' }), []);
    assert.notDeepEqual(sharedOut({ source: String.raw`^\s*(.*?)\s*$`, flags: '' }), []);
    assert.deepEqual(sharedOut({ source: String.raw`^\s+\w+$`, flags: '' }), []);
  });
});
