// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the braces belong to the text under test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ignoredBy, parseGpuRequest, readDirectives } from '../../src-core/syntax/suppress.ts';
import { resolvePlain } from '../../src-core/syntax/yaml/scalars.ts';
import type { Language } from '../../src-core/text/source-file.ts';
import { entriesOf, parse, shown } from './show.ts';

test('YAML scalars are what PyYAML makes of them', () => {
  const cases: [string, unknown][] = [
    ['1e-5', '1e-5'],
    ['1.0e-5', 1e-5],
    ['1.0e5', '1.0e5'],
    ['1.e+3', 1000],
    ['.5', 0.5],
    ['-.5', '-.5'],
    ['010', 8],
    ['0o10', '0o10'],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['1:30', 90],
    ['+3', 3],
    ['yes', true],
    ['On', true],
    ['y', 'y'],
    ['off', false],
    ['~', null],
    ['Null', null],
    ['', null],
    ['.inf', Number.POSITIVE_INFINITY],
    ['-.INF', Number.NEGATIVE_INFINITY],
    ['08', '08'],
    ['2e5', '2e5'],
  ];
  for (const [text, value] of cases) assert.deepEqual(resolvePlain(text), value, text);
});

test('YAML: anchors, merges, documents, tags, interpolation', () => {
  const text =
    'a: &x {b: 1, c: 2}\nd: *x\ne:\n  c: 9\n  <<: *x\nf: ${a.b}\ng: !!str 1\n---\nh: [1, {i: j}]\n';
  assert.deepEqual(shown('yaml', text), [
    [
      'a',
      [
        ['b', '1'],
        ['c', '2'],
      ],
    ],
    [
      'd',
      [
        ['b', '1'],
        ['c', '2'],
      ],
    ],
    [
      'e',
      [
        ['b', '1'],
        ['c', '2'],
        ['c', '9'],
      ],
    ],
    ['f', '?${a.b}'],
    ['g', '1'],
  ]);
  assert.deepEqual(shown('yaml', text, 1), [['h', ['1', [['i', 'j']]]]]);
});

test('YAML aliases cannot multiply without end', () => {
  const lines = Array.from({ length: 40 }, (_, i) => `k${i + 1}: &k${i + 1} [*k${i}, *k${i}]`);
  const doc = parse('yaml', `k0: &k0 [x, y]\n${lines.join('\n')}\n`);
  assert.ok(doc.problems.some((p) => p.message.includes('aliases')));
});

test('half-typed YAML keeps the other lines', () => {
  assert.deepEqual(shown('yaml', 'a: 1\nlr\nb: 2\n'), [
    ['a', '1'],
    ['lr', undefined],
    ['b', '2'],
  ]);
  assert.deepEqual(shown('yaml', 'a: 1\nb:\nc: 2\n'), [
    ['a', '1'],
    ['b', undefined],
    ['c', '2'],
  ]);
  assert.deepEqual(shown('yaml', "a: 'x\nb: 2\nc: 'd'\n"), [
    ['a', 'x'],
    ['b', '2'],
    ['c', 'd'],
  ]);
  assert.deepEqual(shown('yaml', 'a: b: c\nd: 1\n'), [
    ['a', 'b: c'],
    ['d', '1'],
  ]);
  assert.deepEqual(shown('yaml', 'a: [1, 2\nb: 3\n'), [
    ['a', ['1', '2']],
    ['b', '3'],
  ]);
  assert.deepEqual(shown('yaml', 'mod'), [['mod', undefined]]);
});

test('JSON: comments, trailing commas, half-typed', () => {
  const text = '{"a": 1e-5, // c\n "b": [true, null,], "d": {"e": "f"},}';
  assert.deepEqual(shown('json', text), [
    ['a', '1e-5'],
    ['b', ['true', 'null']],
    ['d', [['e', 'f']]],
  ]);
  assert.deepEqual(
    parse('json', text).comments.map((c) => c.text),
    [' c'],
  );
  assert.deepEqual(parse('json', text).problems, []);
  for (const broken of ['{"a": 1, "b":', '{"a": 1, "b": \n"c": 2}'])
    assert.deepEqual(shown('json', broken), [
      ['a', '1'],
      ['b', '?'],
    ]);
  assert.equal(parse('json', '{"a":'.repeat(30_000)).units.length <= 1, true);
});

test('Python: calls, constants, dictionaries, dtypes', () => {
  const text = `M = "x/y"
kw = {'seed': 1, "lr": 1e-5}
q = BitsAndBytesConfig(load_in_4bit=True)
m = AutoModel.from_pretrained(M, torch_dtype=torch.bfloat16, quantization_config=q, **kw, **other)
`;
  const call = parse('python', text).units[1];
  assert.ok(call?.kind === 'call');
  assert.deepEqual(
    [call.receiver, call.callee, call.assignedTo, call.open],
    ['AutoModel', 'from_pretrained', 'm', true],
  );
  assert.deepEqual(shown('python', text, 1), [
    ['torch_dtype', 'torch.bfloat16'],
    ['quantization_config', [['load_in_4bit', 'True']]],
    ['seed', '1'],
    ['lr', '1e-5'],
  ]);
  const [name] = call.positional;
  assert.ok(name?.kind === 'scalar' && name.via?.start === 4);
});

test('Python: what cannot be known is opaque', () => {
  const text = `A = 1
A = 2
def f(B=3): pass
D = {"x": 1}
D["y"] = 2
T(a=A, b=B, c=args.lr, d=f"{A}", e=x if y else z, g=not A, h=C, **D)
C = 4
`;
  const call = parse('python', text).units[0];
  assert.ok(call?.kind === 'call' && call.open);
  assert.deepEqual(
    entriesOf(call).map((e) => e.value.kind),
    Array(7).fill('opaque'),
  );
});

test('Python: literals', () => {
  const text = `T(a=-1e-5, b=1_000, c='x' "y", d=r'\\n', e='\\x41', f=None, g=(1, [2]), h=2**3, i=dict(j=1), k=getattr(torch, "float16"), l=TaskType.CAUSAL_LM, m=)`;
  const call = parse('python', text).units[0];
  const values = entriesOf(call)
    .slice(0, 6)
    .map((e) => e.value.kind === 'scalar' && e.value.value);
  assert.deepEqual(values, [-1e-5, 1000, 'xy', '\\n', 'A', null]);
  assert.deepEqual(shown('python', text).slice(6), [
    ['g', ['1', ['2']]],
    ['h', '8'],
    ['i', [['j', '1']]],
    ['k', 'torch.float16'],
    ['l', 'TaskType.CAUSAL_LM'],
    ['m', undefined],
  ]);
});

test('Python: notebook magics, numbers that end in a dot, valid text the grammar trips over', () => {
  const text =
    '%%time\n!pip install x\nT(a=0.\n)\nT(a=1.e-5, b=-1.,)\ndef f():\n  yield\n  T(c=1)\n';
  const doc = parse('python', text);
  const values = doc.units
    .flatMap((u) => entriesOf(u))
    .map((e) => e.value.kind === 'scalar' && e.value.value);
  assert.deepEqual(values, [0, 1e-5, -1, 1]);
  assert.deepEqual([doc.problems, doc.comments], [[], []]);
});

test('YAML templates are unknown values', () => {
  const text = 'a:\n  path: {{dir}}/x\n  b: 1\n';
  assert.deepEqual(shown('yaml', text), [
    [
      'a',
      [
        ['path', '?{{dir}}/x'],
        ['b', '1'],
      ],
    ],
  ]);
  assert.deepEqual(parse('yaml', text).problems, []);
});

test('suppressions cover a line, a shell command or the file', () => {
  const text = `# tunelint: gpu=RTX 4090D x2, framework=swift
# tunelint: ignore[a-rule, b] known
swift sft \\
  --x 1
swift pt --y 2 # tunelint: ignore
# tunelint: ignore-file[c]
# tunelint: nonsense
`;
  const doc = parse('shell', text);
  const found = readDirectives(doc);
  assert.deepEqual(
    found.settings.map((s) => [s.key, s.value]),
    [
      ['gpu', 'RTX 4090D x2'],
      ['framework', 'swift'],
    ],
  );
  const gpu = found.settings[0]?.valueSpan;
  assert.equal(text.slice(gpu?.start, gpu?.end), 'RTX 4090D x2');
  const at = (needle: string) => ({ start: text.indexOf(needle), end: text.indexOf(needle) + 1 });
  assert.equal(ignoredBy(found, 'a-rule', at('--x'))?.reason, 'known');
  assert.equal(ignoredBy(found, 'other', at('--x')), undefined);
  assert.ok(ignoredBy(found, 'other', at('--y')));
  assert.ok(ignoredBy(found, 'c', at('--x')));
  assert.equal(found.unknown.length, 1);
});

test('suppressions in YAML and JSON', () => {
  const check = (language: Language, text: string, rule: string, needle: string) => {
    const start = text.indexOf(needle);
    return ignoredBy(readDirectives(parse(language, text)), rule, { start, end: start + 1 });
  };
  const yaml = 'a: 1 # tunelint: ignore[r]\n# tunelint: ignore[s] why\n# more\nb: 2\nc: 3\n';
  assert.ok(check('yaml', yaml, 'r', '1 #'));
  assert.ok(check('yaml', yaml, 's', 'b:'));
  assert.equal(check('yaml', yaml, 's', 'a:'), undefined);
  assert.equal(check('yaml', yaml, 's', 'c:'), undefined);
  const json = '{\n // tunelint: ignore\n "a": 1,\n "b": 2 }';
  assert.ok(check('json', json, 'any', '"a"'));
  assert.equal(check('json', json, 'any', '"b"'), undefined);
});

test('GPU requests', () => {
  assert.deepEqual(parseGpuRequest('RTX 4090D x2'), { name: 'RTX 4090D', count: 2 });
  assert.deepEqual(parseGpuRequest('8x H100 80GB'), { name: 'H100 80GB', count: 8 });
  assert.deepEqual(parseGpuRequest(' A100 '), { name: 'A100', count: undefined });
});
