// Runs every Markdown suite and the examples of every rule page. `npm test -- --update` writes what
// happens now into the files.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { rules } from '../src-core/index.ts';
import type { Case } from './harness/case.ts';
import { type Block, replaceBlocks } from './harness/markdown.ts';
import { checkFixes, checkPage } from './harness/pages.ts';
import { actualBlocks, look } from './harness/run-case.ts';
import { filesBelow, readSuite, root, type Suite } from './harness/suite.ts';

/** Parts of the paths of the suites to rewrite. */
const updated = process.env.TUNELINT_UPDATE?.split(' ');
const updating = updated !== undefined;

const pageOf = new Map(
  filesBelow('src-core/rules', '.md').map((file) => [path.posix.basename(file, '.md'), file]),
);

const suites = filesBelow('test/suites', '.md')
  .filter((file) => !file.endsWith('README.md'))
  .map((file) => readSuite(file));
const pages = [...pageOf].map(([id, file]) => readSuite(file, [id]));

const chosen = [...suites, ...pages].filter(
  (suite) => updated?.some((part) => suite.path.includes(part)) ?? true,
);

for (const suite of chosen) {
  describe(suite.path, () => {
    const changed = new Map<Block, string>();
    for (const one of suite.cases) {
      test(one.title, () => runCase(suite, one, changed));
      test(`${one.title}: its fixes`, () => checkFixes(one));
    }
    test('has cases', () => assert.ok(suite.cases.length > 0));
    if (updating) test('rewrite', () => rewrite(suite, changed));
  });
}

describe('rule pages', () => {
  for (const rule of rules)
    test(rule.id, () => {
      const page = pages.find(({ path: file }) => file === pageOf.get(rule.id));
      assert.ok(page, `src-core/rules/${rule.group}/${rule.id}.md is missing`);
      checkPage(rule, page);
    });
  test('belong to a rule', () => {
    const ids = new Set(rules.map((rule) => rule.id));
    assert.deepEqual(
      [...pageOf.keys()].filter((id) => !ids.has(id)),
      [],
    );
  });
});

function runCase(suite: Suite, one: Case, changed: Map<Block, string>): void {
  const where = `${suite.path}:${one.line + 1}`;
  const wrong = [...actualBlocks(one)].filter(([block, text]) => text !== block.text);
  if (updating) {
    for (const [block, text] of wrong) changed.set(block, text);
    return;
  }
  for (const [block, text] of wrong) {
    const { unrecognised } = look(one);
    const note = unrecognised.length > 0 ? `; no training config: ${unrecognised.join(', ')}` : '';
    assert.equal(text, block.text, `${where}: line ${block.start}${note}`);
  }
}

function rewrite(suite: Suite, changed: ReadonlyMap<Block, string>): void {
  if (changed.size === 0) return;
  writeFileSync(path.join(root, suite.path), replaceBlocks(suite.source, changed));
}
