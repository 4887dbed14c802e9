// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the braces belong to the text under test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addEntry,
  joinDeletions,
  removeEntry,
  renameKey,
  setValue,
  type Written,
} from '../../src-core/syntax/patch.ts';
import { applyEdits, sortEdits, type TextEdit } from '../../src-core/text/edit.ts';
import type { Language } from '../../src-core/text/source-file.ts';
import { find, parse } from './show.ts';

function set(language: Language, text: string, key: string, value: Written): string {
  const doc = parse(language, text);
  return applyEdits(text, setValue(doc, find(doc, key).entry, value));
}

function remove(language: Language, text: string, key: string): string {
  const doc = parse(language, text);
  const { unit, entry } = find(doc, key);
  return applyEdits(text, removeEntry(doc, unit, entry));
}

function rename(language: Language, text: string, key: string, to: string): string {
  const doc = parse(language, text);
  return applyEdits(text, renameKey(doc, find(doc, key).entry, to));
}

function add(language: Language, text: string, path: string, value?: Written): string {
  const doc = parse(language, text);
  const unit = doc.units.at(-1);
  const edits: readonly TextEdit[] =
    unit === undefined ? [] : addEntry(doc, unit, path.split('/'), value);
  return applyEdits(text, edits);
}

test('shell: set keeps quotes and adds them where needed', () => {
  assert.equal(set('shell', 'swift --a "x" --b 1', 'a', 'y z'), 'swift --a "y z" --b 1');
  assert.equal(set('shell', "swift --a='x' --b 1", 'a', 'y'), "swift --a='y' --b 1");
  assert.equal(set('shell', 'swift --a x', 'a', "it's"), `swift --a "it's"`);
  assert.equal(set('shell', 'swift --a --b 1', 'a', true), 'swift --a true --b 1');
  assert.equal(set('shell', 'swift --a x y --b 1', 'a', ['p', 'q']), 'swift --a p q --b 1');
});

test('shell: set goes to the assignment when the variable serves one place', () => {
  assert.equal(set('shell', 'T="fp16"\nswift --a $T\n', 'a', 'bf16'), 'T="bf16"\nswift --a $T\n');
  assert.equal(set('shell', 'T=x\nswift --a=$T\n', 'a', 'y'), 'T=y\nswift --a=$T\n');
  assert.equal(set('shell', 'T=x\nswift --a $T --b $T\n', 'a', 'y'), 'T=x\nswift --a y --b $T\n');
  assert.equal(set('shell', 'swift --a ${T:-x}\n', 'a', 'y'), 'swift --a ${T:-y}\n');
  assert.equal(set('shell', 'T=${T:-x}\nswift --a $T\n', 'a', 'y'), 'T=${T:-y}\nswift --a $T\n');
  assert.equal(
    set('shell', 'O="--a x --b 1"\nswift $O\n', 'a', 'y'),
    'O="--a y --b 1"\nswift $O\n',
  );
  assert.equal(
    set('shell', 'O="--a x --b 1"\nswift $O\n', 'a', 'y z'),
    'O="--a x --b 1"\nswift $O\n',
  );
  assert.equal(
    set('shell', 'A=(--a x)\nswift "${A[@]}"\n', 'a', 'y z'),
    'A=(--a \'y z\')\nswift "${A[@]}"\n',
  );
});

test('shell: remove keeps the command whole', () => {
  const text = 'swift sft \\\n  --a 1 \\\n  --b x y \\\n  --c 3\n';
  assert.equal(remove('shell', text, 'a'), 'swift sft \\\n  --b x y \\\n  --c 3\n');
  assert.equal(remove('shell', text, 'b'), 'swift sft \\\n  --a 1 \\\n  --c 3\n');
  assert.equal(remove('shell', text, 'c'), 'swift sft \\\n  --a 1 \\\n  --b x y\n');
  assert.equal(remove('shell', 'swift --a 1 --b 2 --c 3 > l\n', 'c'), 'swift --a 1 --b 2 > l\n');
  assert.equal(
    remove('shell', 'swift --a 1 --b 2 \\\n --c 3 && x\n', 'b'),
    'swift --a 1 \\\n --c 3 && x\n',
  );
  assert.equal(remove('shell', 'swift \\\n --c 3 && x\n', 'c'), 'swift && x\n');
  assert.equal(
    remove('shell', 'A=(\n  --a 1\n  --b 2\n)\nswift "${A[@]}"\n', 'a'),
    'A=(\n  --b 2\n)\nswift "${A[@]}"\n',
  );
  assert.equal(
    remove('shell', 'A=(--a 1 --b 2)\nswift "${A[@]}"\n', 'a'),
    'A=(--b 2)\nswift "${A[@]}"\n',
  );
  assert.equal(remove('shell', 'O="--a 1 --b 2"\nswift $O\n', 'b'), 'O="--a 1"\nswift $O\n');
  assert.equal(
    remove('shell', 'swift \\\r\n  --a 1 \\\r\n  --b 2\r\n', 'b'),
    'swift \\\r\n  --a 1\r\n',
  );
});

test('shell: environment entries', () => {
  const text = 'export B=2\nA=1 swift sft\n';
  const doc = parse('shell', text);
  const unit = doc.units.at(-1);
  assert.ok(unit?.kind === 'command');
  const after = unit.env.map((e) => applyEdits(text, removeEntry(doc, unit, e)));
  assert.deepEqual(after, ['A=1 swift sft\n', 'export B=2\nswift sft\n']);
  const edits = addEntry(doc, unit, ['C'], 3, { style: 'env' });
  assert.equal(applyEdits(text, edits), 'export B=2\nC=3 A=1 swift sft\n');
});

test('shell: rename keeps dashes', () => {
  assert.equal(
    rename('shell', 'swift --train_type lora', 'train_type', 'tuner_type'),
    'swift --tuner_type lora',
  );
  assert.equal(rename('shell', 'x --max-len=1', 'max-len', 'max_length'), 'x --max-length=1');
  assert.equal(rename('shell', 'x -m 1', 'm', 'k'), 'x -k 1');
});

test('shell: add follows the layout', () => {
  assert.equal(
    add('shell', 'swift sft --a 1 > l\n', 'b', 'x y'),
    "swift sft --a 1 --b 'x y' > l\n",
  );
  assert.equal(
    add('shell', 'swift \\\n    --a 1\n', 'b', 2),
    'swift \\\n    --a 1 \\\n    --b 2\n',
  );
  assert.equal(add('shell', 'swift --a=1 --b=2\n', 'c', true), 'swift --a=1 --b=2 --c=true\n');
  assert.equal(add('shell', 'swift --a 1 \\\n\n', 'c'), 'swift --a 1 --c \\\n\n');
  assert.equal(
    add('shell', 'A=(--a 1)\nswift "${A[@]}"\n', 'b', 2),
    'A=(--a 1)\nswift "${A[@]}" --b 2\n',
  );
});

test('shell: a backslash that ends the file stays behind what is added', () => {
  const text = 'swift --a x \\\n  --fp16 \\';
  assert.equal(add('shell', text, 'b', 1), 'swift --a x \\\n  --fp16 \\\n  --b 1 \\');
  assert.equal(add('shell', 'swift --a x \\', 'b', 1), 'swift --a x --b 1 \\');
  assert.equal(set('shell', text, 'fp16', true), 'swift --a x \\\n  --fp16 true \\');
  assert.equal(remove('shell', text, 'fp16'), 'swift --a x \\\n');
});

test('YAML: set', () => {
  assert.equal(set('yaml', 'a: x # c\nb: 1\n', 'a', 'y'), 'a: y # c\nb: 1\n');
  assert.equal(set('yaml', "a: 'x'\n", 'a', 'y'), "a: 'y'\n");
  assert.equal(set('yaml', 'a: x\n', 'a', 'yes'), 'a: "yes"\n');
  assert.equal(set('yaml', 'a:\nb: 1\n', 'a', 1e-7), 'a: 1.0e-7\nb: 1\n');
  assert.equal(set('yaml', 'a:\n  - x\n  - y\nb: 1\n', 'a', ['p']), 'a: [p]\nb: 1\n');
  assert.equal(set('yaml', 'a: |\n  x\nb: 1\n', 'a', 2), 'a: 2\nb: 1\n');
});

test('YAML: remove and rename', () => {
  assert.equal(remove('yaml', 'a: 1\nb: 2 # gone\nc: 3\n', 'b'), 'a: 1\nc: 3\n');
  assert.equal(remove('yaml', 'a: 1\nb:\n  - x\n  - y\nc: 3\n', 'b'), 'a: 1\nc: 3\n');
  assert.equal(remove('yaml', 'a: {b: 1, c: 2}\n', 'b'), 'a: {c: 2}\n');
  assert.equal(remove('yaml', 'a: {b: 1, c: 2}\n', 'c'), 'a: {b: 1}\n');
  assert.equal(remove('yaml', 'a:\n  - b: 1\n    c: 2\n', 'a'), '');
  assert.equal(rename('yaml', '"a": 1\n', 'a', 'b'), '"b": 1\n');
});

test('YAML: add', () => {
  assert.equal(add('yaml', 'a: 1 # c\n', 'b', 'x'), 'a: 1 # c\nb: x\n');
  assert.equal(add('yaml', 'a: 1', 'b/c', 2), 'a: 1\nb:\n  c: 2');
  assert.equal(add('yaml', 'a:\n  b: 1\nz: 0\n', 'a/c', 2), 'a:\n  b: 1\n  c: 2\nz: 0\n');
  assert.equal(add('yaml', 'a:\nz: 0\n', 'a/c', 2), 'a:\n  c: 2\nz: 0\n');
  assert.equal(add('yaml', 'a: {b: 1}\n', 'a/c', 2), 'a: {b: 1, c: 2}\n');
  assert.equal(add('yaml', 'a: 1\n', 'a', 2), 'a: 2\n');
  assert.equal(add('yaml', 'a: |\n  x\n', 'b', 2), 'a: |\n  x\nb: 2\n');
});

test('JSON', () => {
  const text = '{\n  "a": 1, // x\n  "b": {"c": 2}\n}\n';
  assert.equal(set('json', text, 'a', 'y'), text.replace('1', '"y"'));
  assert.equal(remove('json', text, 'a'), '{\n  "b": {"c": 2}\n}\n');
  assert.equal(remove('json', text, 'b'), '{\n  "a": 1 // x\n}\n');
  assert.equal(remove('json', text, 'c'), '{\n  "a": 1, // x\n  "b": {}\n}\n');
  assert.equal(remove('json', '{"a": 1, "b": 2}', 'a'), '{"b": 2}');
  assert.equal(remove('json', '{"a": 1, "b": 2}', 'b'), '{"a": 1}');
  assert.equal(rename('json', text, 'c', 'd'), text.replace('"c"', '"d"'));
  assert.equal(
    add('json', text, 'd', true),
    '{\n  "a": 1, // x\n  "b": {"c": 2},\n  "d": true\n}\n',
  );
  assert.equal(add('json', text, 'b/e/f', 1), text.replace('2}', '2, "e": {"f": 1}}'));
  assert.equal(add('json', '{\n  "a": 1, // x\n}', 'b', 1), '{\n  "a": 1, // x\n  "b": 1,\n}');
  assert.equal(add('json', '{\n  "a": 1 // x\n}', 'b', 1), '{\n  "a": 1, // x\n  "b": 1\n}');
  assert.equal(add('json', '{}', 'b', 1), '{"b": 1}');
});

test('Python', () => {
  const text = "a = T(\n    x=1,  # one\n    y=torch.float16,\n    z='s'\n)\n";
  assert.equal(set('python', text, 'y', 'bfloat16'), text.replace('float16', 'bfloat16'));
  assert.equal(set('python', text, 'z', 't'), text.replace("s'", "t'"));
  assert.equal(set('python', text, 'x', true), text.replace('1', 'True'));
  assert.equal(set('python', text, 'x', { raw: 'torch.half' }), text.replace('1', 'torch.half'));
  assert.equal(set('python', 'M = "a"\nT(x=M)\n', 'x', 'b'), 'M = "b"\nT(x=M)\n');
  assert.equal(
    set('python', 'M = "a"\nT(x=M)\nprint(M)\n', 'x', 'b'),
    'M = "a"\nT(x="b")\nprint(M)\n',
  );
  assert.equal(remove('python', text, 'x'), "a = T(\n    y=torch.float16,\n    z='s'\n)\n");
  assert.equal(remove('python', text, 'z'), 'a = T(\n    x=1,  # one\n    y=torch.float16\n)\n');
  assert.equal(remove('python', 'T(x=1, y=2)', 'y'), 'T(x=1)');
  assert.equal(remove('python', 'T(x=1, y=2)', 'x'), 'T(y=2)');
  assert.equal(remove('python', 'T(x=1)', 'x'), 'T()');
  assert.equal(remove('python', 'T(x=(a if b else c), y=2)', 'x'), 'T(y=2)');
  assert.equal(rename('python', 'T(x=1)', 'x', 'y'), 'T(y=1)');
  assert.equal(add('python', text, 'w', 2), text.replace("'s'", "'s',\n    w=2"));
  assert.equal(add('python', 'T(1, x=2)', 'w', 'v'), 'T(1, x=2, w="v")');
  assert.equal(add('python', 'T()', 'w', null), 'T(w=None)');
  assert.equal(add('python', 'T(x={"a": 1})', 'x/b', 2), 'T(x={"a": 1, "b": 2})');
  assert.equal(add('python', 'T(x=1', 'y', 2), 'T(x=1');
});

test('one entry out and one in, at the end', () => {
  const swap = (language: Language, text: string): string => {
    const doc = parse(language, text);
    const { unit, entry } = find(doc, 'old');
    const edits = [...removeEntry(doc, unit, entry), ...addEntry(doc, unit, ['new'], true)];
    return applyEdits(text, edits);
  };
  assert.equal(swap('shell', 'x \\\n  --a 1 \\\n  --old 1\n'), 'x \\\n  --a 1 \\\n  --new true\n');
  assert.equal(swap('shell', 'x --a 1 --old 1\n'), 'x --a 1 --new true\n');
  assert.equal(swap('yaml', 'a: 1\nold: 1 # c\n'), 'a: 1\nnew: true\n');
  assert.equal(swap('json', '{\n  "a": 1,\n  "old": 1\n}'), '{\n  "a": 1,\n  "new": true\n}');
  assert.equal(swap('json', '{"a": 1, "old": 1}'), '{"a": 1, "new": true}');
  assert.equal(swap('python', 'T(\n    a=1,\n    old=1,\n)'), 'T(\n    a=1,\n    new=True,\n)');
  assert.equal(swap('python', 'T(a=1, old=1)'), 'T(a=1, new=True)');
});

test('an addition beside the removal of the only item is refused, not botched', () => {
  for (const [language, text] of [
    ['python', 'T(old=1)'],
    ['json', '{"old": 1}'],
  ] as const) {
    const doc = parse(language, text);
    const { unit, entry } = find(doc, 'old');
    const edits = [...removeEntry(doc, unit, entry), ...addEntry(doc, unit, ['new'], true)];
    assert.equal(sortEdits(edits), undefined);
  }
});

test('deletions that overlap are joined', () => {
  const text = 'x \\\n  --a 1 \\\n  --b 2 \\\n  --c 3\n';
  const doc = parse('shell', text);
  const edits = ['b', 'c'].flatMap((key) => {
    const { unit, entry } = find(doc, key);
    return removeEntry(doc, unit, entry);
  });
  const after = applyEdits(text, joinDeletions(edits));
  assert.deepEqual(
    parse('shell', after).units.map((u) => u.kind === 'command' && u.words.length),
    [3],
  );
});
