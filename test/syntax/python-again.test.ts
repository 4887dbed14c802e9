import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument } from '../../src-core/syntax/parse.ts';
import type { SourceFile } from '../../src-core/text/source-file.ts';
import { everyFile } from '../harness/every-file.ts';

/** The Python of the suites and pages, and scripts of the length that people write made of it. */
function scripts(): readonly string[] {
  const files = Object.entries(everyFile());
  const found = files.flatMap(([name, text]) => (name.endsWith('.py') ? [text] : []));
  const long = [0, 1, 2, 3].map((n) => found.filter((_, i) => i % 4 === n).join('\n'));
  assert.ok(long.every((text) => text.length > 2000));
  return [...found, ...long, ...long];
}

const file = (text: string): SourceFile => ({ path: 'train.py', language: 'python', text });

const EDIT = fc.record({
  at: fc.nat(),
  removed: fc.constantFrom(0, 0, 0, 1, 3),
  text: fc.constantFrom(
    ...'0aZ_ .,:=#()[]{}\'"\n\\!%',
    'def f():',
    '    ',
    'fp16=True, ',
    '"""',
    '',
  ),
});

test('a Python document made from the one before an edit is what is read anew', () => {
  const property = fc.property(
    fc.constantFrom(...scripts()),
    fc.array(EDIT, { minLength: 1, maxLength: 8 }),
    (script, edits) => {
      let text = script;
      let document = parseDocument(file(text));
      for (const edit of edits) {
        const at = edit.at % (text.length + 1);
        text = text.slice(0, at) + edit.text + text.slice(at + edit.removed);
        document = parseDocument(file(text), document);
        assert.deepEqual(document, parseDocument(file(text)));
      }
    },
  );
  fc.assert(property, { seed: 20261129, numRuns: 250 });
});
