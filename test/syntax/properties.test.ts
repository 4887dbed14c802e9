// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the braces belong to the text under test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Document, Entry, Node, Unit } from '../../src-core/syntax/document.ts';
import { addEntry, removeEntry, renameKey, setValue } from '../../src-core/syntax/patch.ts';
import { readDirectives } from '../../src-core/syntax/suppress.ts';
import { applyEdits, sortEdits } from '../../src-core/text/edit.ts';
import type { Language } from '../../src-core/text/source-file.ts';
import { SAMPLES } from './samples.ts';
import { allSpans, entriesOf, parse, show, showEntries } from './show.ts';

const LANGUAGES: readonly Language[] = ['shell', 'yaml', 'json', 'python'];

function checkSpans(language: Language, text: string): void {
  const doc = parse(language, text);
  readDirectives(doc);
  for (const { start, end } of allSpans(doc)) {
    const good = 0 <= start && start <= end && end <= text.length;
    assert.ok(good, `${language} ${start}-${end} of ${JSON.stringify(text)}`);
  }
}

test('every truncation of every sample parses, with spans inside the text', () => {
  for (const [language, text] of SAMPLES) {
    for (let end = 0; end <= text.length; end++) checkSpans(language, text.slice(0, end));
  }
});

test('every sample without one of its letters parses in every language', () => {
  for (const [own, text] of SAMPLES) {
    for (let at = 0; at < text.length; at += own === 'shell' ? 3 : 2) {
      checkSpans(own, text.slice(0, at) + text.slice(at + 1));
    }
    for (const language of LANGUAGES) checkSpans(language, text);
  }
});

const TOKENS = [
  ...[
    'swift ',
    '--a ',
    '--b=',
    'x',
    '1e-5',
    ' ',
    '\n',
    '\\\n',
    '\r\n',
    '"',
    "'",
    '`',
    '$',
    '${',
    '}',
  ],
  ...[
    '$(',
    ')',
    '(',
    'A=',
    '$A',
    '"${A[@]}"',
    'A=(',
    '<<EOF\n',
    'EOF\n',
    'if ',
    'then ',
    'fi\n',
    'for ',
  ],
  ...[
    'a: ',
    '- ',
    '  ',
    '&x ',
    '*x',
    '<<: ',
    '|\n',
    '{',
    ',',
    '[',
    ']',
    ':',
    '"k": ',
    '//',
    '/*',
    '*/',
  ],
  ...[
    'T(',
    'a=',
    'torch.float16',
    '**k',
    'f"',
    '# tunelint: ignore[r]\n',
    '#',
    '\t',
    '\0',
    '\ud800',
    'é',
    '---\n',
  ],
];

test('any mixture of tokens parses, with spans inside the text', () => {
  const mixture = fc.array(fc.constantFrom(...TOKENS), { maxLength: 40 }).map((t) => t.join(''));
  fc.assert(
    fc.property(fc.constantFrom(...LANGUAGES), mixture, (language, text) => {
      checkSpans(language, text);
    }),
    { numRuns: 1_500 },
  );
});

interface Made {
  readonly language: Language;
  readonly text: string;
}

const key = fc.constantFrom('alpha', 'beta_two', 'gamma', 'delta-four', 'epsilon');
const plain = fc.constantFrom('x', 'float16', 'Qwen/Qwen2.5-7B', '0.1', '1e-5', '-3', 'a.b');
const spaced = fc.constantFrom(
  'two words',
  'a "b" c',
  "it's",
  'p $q',
  'back\\slash',
  '# no',
  'a: b',
  'yes',
  '',
);
const value = fc.oneof(plain, spaced);
const pairs = fc.uniqueArray(fc.tuple(key, value), {
  selector: ([k]) => k,
  minLength: 1,
  maxLength: 5,
});

const quoteShell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const shellMade = fc
  .tuple(
    pairs,
    fc.array(fc.constantFrom(' ', ' \\\n  ', ' \\\r\n\t'), { minLength: 5, maxLength: 5 }),
    fc.boolean(),
  )
  .map(([list, gaps, joined]): Made => {
    const flags = list.map(([k, v], i) => `${gaps[i]}--${k}${joined ? '=' : ' '}${quoteShell(v)}`);
    return { language: 'shell', text: `# go\nswift sft${flags.join('')} > log\necho done\n` };
  });

const yamlMade = fc.tuple(pairs, fc.boolean()).map(([list, flow]): Made => {
  const items = list.map(([k, v]) => `${k}: ${JSON.stringify(v)}`);
  const text = flow ? `{${items.join(', ')}}\n` : items.map((i) => `${i} # note\n`).join('');
  return { language: 'yaml', text };
});

const jsonMade = fc
  .tuple(pairs, fc.boolean(), fc.boolean())
  .map(([list, lines, trailing]): Made => {
    const items = list.map(([k, v]) => `${JSON.stringify(k)}: ${JSON.stringify(v)}`);
    const gap = lines ? '\n  ' : ' ';
    return {
      language: 'json',
      text: `{${gap}${items.join(`,${gap}`)}${trailing ? ',' : ''}${lines ? '\n' : ''}}\n`,
    };
  });

const pythonMade = fc
  .tuple(pairs, fc.boolean(), fc.boolean())
  .map(([list, lines, trailing]): Made => {
    const items = list.map(([k, v]) => `${k.replaceAll('-', '_')}=${JSON.stringify(v)}`);
    const gap = lines ? '\n    ' : '';
    const glue = lines ? ',  # note\n    ' : ', ';
    return {
      language: 'python',
      text: `a = T(${gap}${items.join(glue)}${trailing ? ',' : ''}${lines ? '\n' : ''})\nprint(a)\n`,
    };
  });

const made = fc.oneof(shellMade, yamlMade, jsonMade, pythonMade);

/** The unit under test with its entries. */
function openMade({ language, text }: Made): {
  doc: Document;
  unit: Unit;
  entries: readonly Entry[];
} {
  const doc = parse(language, text);
  const [unit] = doc.units;
  assert.ok(unit !== undefined, text);
  return { doc, unit, entries: entriesOf(unit) };
}

function reread({ language, text }: Made, edits: Parameters<typeof applyEdits>[1]): unknown[] {
  const after = applyEdits(text, edits);
  const doc = parse(language, after);
  assert.deepEqual(doc.problems, [], after);
  return showEntries(entriesOf(doc.units[0]));
}

test('set, then read again: this value, and every other as before', () => {
  fc.assert(
    fc.property(made, fc.nat(), value, (config, pick, to) => {
      const { doc, entries } = openMade(config);
      const at = pick % entries.length;
      const entry = entries[at];
      assert.ok(entry !== undefined);
      const expected = showEntries(entries);
      expected[at] = [entry.key, to];
      assert.deepEqual(reread(config, setValue(doc, entry, to)), expected, config.text);
    }),
    { numRuns: 600 },
  );
});

test('remove, then read again: every other entry as before', () => {
  fc.assert(
    fc.property(made, fc.nat(), (config, pick) => {
      const { doc, unit, entries } = openMade(config);
      const at = pick % entries.length;
      const entry = entries[at];
      fc.pre(entry !== undefined && entries.length > 1);
      const expected = showEntries(entries.filter((_, i) => i !== at));
      if (entry === undefined) return;
      assert.deepEqual(reread(config, removeEntry(doc, unit, entry)), expected, config.text);
    }),
    { numRuns: 600 },
  );
});

test('rename, then read again: the new key, and every value as before', () => {
  fc.assert(
    fc.property(made, fc.nat(), (config, pick) => {
      const { doc, entries } = openMade(config);
      const at = pick % entries.length;
      const entry = entries[at];
      assert.ok(entry !== undefined);
      const expected = showEntries(entries);
      expected[at] = ['omega', show(entry.value)];
      assert.deepEqual(reread(config, renameKey(doc, entry, 'omega')), expected, config.text);
    }),
    { numRuns: 300 },
  );
});

test('add, then read again: the entry at the end, and every other as before', () => {
  fc.assert(
    fc.property(made, value, (config, to) => {
      const { doc, unit, entries } = openMade(config);
      const edits = addEntry(doc, unit, ['omega'], to);
      assert.deepEqual(
        reread(config, edits),
        [...showEntries(entries), ['omega', to]],
        config.text,
      );
    }),
    { numRuns: 600 },
  );
});

test('one out and one in together, then read again', () => {
  fc.assert(
    fc.property(made, fc.nat(), value, (config, pick, to) => {
      const { doc, unit, entries } = openMade(config);
      const at = pick % entries.length;
      const entry = entries[at];
      fc.pre(entry !== undefined && entries.length > 1);
      if (entry === undefined) return;
      const edits = [...removeEntry(doc, unit, entry), ...addEntry(doc, unit, ['omega'], to)];
      // Edits that clash are refused by whoever applies them.
      fc.pre(sortEdits(edits) !== undefined);
      const rest = showEntries(entries.filter((_, i) => i !== at));
      assert.deepEqual(reread(config, edits), [...rest, ['omega', to]], config.text);
    }),
    { numRuns: 600 },
  );
});

test('what a sample holds can be set, and nothing else moves', () => {
  for (const [language, text] of SAMPLES) {
    const doc = parse(language, text);
    doc.units.forEach((unit, index) => {
      for (const [at, entry] of entriesOf(unit).entries()) {
        if (entry.value.kind !== 'scalar') continue;
        const edits = setValue(doc, entry, 'changed');
        if (edits.length === 0) continue;
        const after = entriesOf(parse(language, applyEdits(text, edits)).units[index])[at]?.value;
        assert.equal(nodeText(after)?.replace('torch.', ''), 'changed', `${language} ${entry.key}`);
      }
    });
  }
});

function nodeText(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' ? node.text : undefined;
}
