// What is said in Chinese: every message of the rules' own, in words that are used and no others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { CodeAction, CodeLens, CompletionItem, Diagnostic } from 'vscode-languageserver/node';
import { shortKey } from '../../server/l10n/short-key.ts';
import chinese from '../../server/l10n/zh-cn.data.json' with { type: 'json' };
import { localizer, translated } from '../../server/localize.ts';
import { type GpuItem, LIST_GPUS, LIST_RULES, type RuleItem } from '../../server/proto/requests.ts';
import * as core from '../../src-core/index.ts';
import { opInWords } from '../../src-core/probe/op-words.ts';
import { english, joined, type Message, say, word } from '../../src-core/text/message.ts';
import { look } from '../harness/run-case.ts';
import { filesBelow, readSuite, root } from '../harness/suite.ts';
import { notesOfKeys, templatesBelow } from '../harness/templates.ts';
import { connect } from './harness.ts';

const table = new Map(Object.entries(chinese));

function* said(): Generator<{ readonly rule: string; readonly message: Message }> {
  const files = [...filesBelow('test/suites', '.md'), ...filesBelow('src-core/rules', '.md')];
  for (const file of files)
    for (const one of readSuite(file, [path.posix.basename(file, '.md')]).cases)
      for (const { rule, message, said, fixes, related } of look(one).findings) {
        yield { rule, message: said ?? message };
        for (const fix of fixes) yield { rule, message: fix.said ?? fix.title };
        for (const other of related) yield { rule, message: other.said ?? other.message };
      }
}

test('every message of a rule that the suites show has a Chinese form, without English words left or brackets in brackets', () => {
  const missing: string[] = [];
  const rules = new Set<string>();
  for (const { rule, message } of said()) {
    rules.add(rule);
    const found = translated(message, table);
    const plain = found?.replace(/`[^`]*`|"[^"]*"|'[^']*'|not implemented for/g, '');
    if (plain === undefined || /(?:\b[a-z]{2,} ){2}[a-z]{2,}\b|（[^）]*（/.test(plain))
      missing.push(`${rule}: ${found ?? english(message)}`);
  }
  const hint = 'say`...` the message and put its template into server/l10n/zh-cn.data.json';
  assert.equal([...new Set(missing)].join('\n'), '', hint);
  assert.ok(rules.size > 40, `${rules.size} rules`);
});

test('each text of the table has a short key of its own, which stays as it is', () => {
  const keys = [...table.keys()].map(shortKey);
  assert.equal(new Set(keys).size, table.size);
  for (const key of keys) assert.equal(shortKey(key), key);
});

/** All that is said in code, with the file: constraint tables, rules, hovers, the server's own words. */
const code = new Map([
  ...templatesBelow('src-core'),
  ...templatesBelow('server'),
  ...notesOfKeys(),
]);

test('every text in the code, the constraint tables of all frameworks included, has a Chinese form', () => {
  const missing = [...code]
    .filter(([text]) => translated({ template: text, values: [] }, table) === undefined)
    .map(([text, file]) => `${file}: ${text}`);
  assert.equal(missing.join('\n'), '', 'put it into server/l10n/zh-cn.data.json');
  const tables = [...code.values()].filter((file) => /frameworks\/.*constraints/.test(file));
  assert.ok(tables.length > 400, `${tables.length} texts in constraint tables`);
});

test('translations have the places and the code of their templates, and nothing is translated that is not said', () => {
  const places = (text: string) => [...new Set(text.match(/\{\d\}/g))].sort().join();
  const words = (text: string) => [...new Set(text.match(/`[^`]*`/g))].sort().join();
  const literals = ['src-core', 'server']
    .flatMap((part) => filesBelow(part, '.ts'))
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join('\n');
  const unused: string[] = [];
  for (const [template, text] of table) {
    assert.equal(places(text), places(template), template);
    assert.equal(words(text), words(template), template);
    const first = template.charAt(0);
    const said = [template, first.toUpperCase() + template.slice(1)].some((one) => code.has(one));
    const literal = literals.includes(template);
    if (!said && !literal && !JOINED.test(template)) unused.push(template);
  }
  assert.deepEqual(unused, []);
});

/** What `joined` makes of several values. */
const JOINED = /^\{0\}(?:( or | x )\{1\})(?:\1\{\d\})*$/;

test('a message of which a part is not translated stays English as a whole', () => {
  const parts = new Map([
    ['a {0}', '甲{0}'],
    ['b', '乙'],
  ]);
  assert.equal(translated(say`a ${word('b')}`, parts), '甲乙');
  assert.equal(translated(say`a ${say`c ${1}`}`, parts), undefined);
  assert.equal(translated(say`A ${'b'}`, parts), '甲 b', 'values of one word are names');
  assert.equal(translated(joined(['b', 'b'], ', '), parts), 'b，b');
  assert.equal(localizer('de')(say`a ${say`c ${1}`}`), 'a c 1');
  assert.equal(localizer('zh-tw')('the loss'), 'the loss');
  assert.notEqual(localizer('zh-Hans-CN')('the loss'), 'the loss');
});

test('texts and values meet as Chinese is set, and names in a row have its commas', () => {
  const parts = new Map([
    ['not {0}', '而不是 {0}'],
    ['{0} at {1}', '{0} 处于{1}'],
    ['{0}? {1}', '是否指 {0}？{1}'],
    ['nothing', '空值'],
    ['ends', '（完）'],
  ]);
  const chineseOf = (message: Message) => translated(message, parts);
  assert.equal(chineseOf(say`not ${word('nothing')}`), '而不是空值');
  assert.equal(chineseOf(say`${word('ends')} at ${'`x`'}`), '（完）处于 `x`');
  assert.equal(chineseOf(joined([say`${'`a`'}? ${''}`, '`b`'], '. ')), '是否指 `a`？`b`');
  assert.equal(chineseOf(say`${1}: ${word('nothing')} (${'x/y#3'})`), '1：空值（x/y#3）');
  assert.equal(chineseOf(say`not ${'`a`, `b c`'}`), '而不是 `a`、`b c`');
  assert.equal(chineseOf(say`not ${'a, b-c, d.e ...'}`), '而不是 a、b-c、d.e ...');
  assert.equal(chineseOf(say`not ${'[0.9, 0.95]'}`), '而不是 [0.9, 0.95]');
});

test('every rule is summed up in Chinese', () => {
  for (const { summary } of core.rules) assert.ok(table.has(summary), summary);
});

test('operations of the probe have names in Chinese', () => {
  for (const op of ['embed', 'qk', 'o_proj', 'mlp_residual', 'experts', 'lm_head'])
    assert.ok(table.has(opInWords(op)), op);
});

test('an editor that is Chinese gets Chinese diagnostics and fixes', async () => {
  const capabilities = {
    textDocument: {
      diagnostic: {},
      codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } },
    },
  };
  const client = await connect(core, { capabilities, locale: 'zh-cn' });
  const uri = 'file:///ws/train.sh';
  await client.open(uri, 'swift sft --model Qwen/Qwen2.5-7B-Instruct --lora_rnak 8 --dataset d\n');
  const textDocument = { uri };
  const { items } = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument,
  });
  assert.match(
    String(items[0]?.message),
    /^swift sft 没有 `lora_rnak`：会报错退出。是否指 `lora_rank`/,
  );
  const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument,
    range: items[0]?.range,
    context: { diagnostics: [] },
  });
  const titles = actions.map(({ title }) => title);
  assert.equal(titles[0], '更名为 `lora_rank`');
  assert.ok(titles.includes('在此处忽略 unknown-key'));
  client.close();
});

test('hovers, the line above a run, the outline, completion and pickers are in Chinese', async () => {
  const client = await connect(core, {
    capabilities: { textDocument: { documentSymbol: { hierarchicalDocumentSymbolSupport: true } } },
    options: { optionPages: true },
    locale: 'zh-cn',
  });
  const uri = 'file:///ws/train.sh';
  const line = 'swift sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype float16 --max_length 512 ';
  await client.open(uri, `# tunelint: gpu=RTX 4090\n${line}\n`);
  const textDocument = { uri };
  const hover = async (word: string) => {
    const position = { line: 1, character: line.indexOf(word) + 1 };
    const { contents } = await client.request<{ contents: { value: string } }>(
      'textDocument/hover',
      { textDocument, position },
    );
    return contents.value;
  };
  assert.match(
    await hover('swift'),
    /^\*\*.* · 1 x 512 token.*\*\*\n\n\*\*放得下\*\*：约 .*\n\| 权重 \|/s,
  );
  assert.match(
    await hover('--torch_dtype'),
    /\n加载基座权重所用的数据类型.*可选 `bfloat16`、`.*；默认值 `none`.*定义于 .*矩阵乘以/s,
  );
  assert.match(await hover('float16'), /已公布的最大数值：13,312（第 13 层的残差流，此模型）/);
  const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument });
  assert.match(lenses[0]?.command?.title ?? '', /^显存放得下：≈ [\d.]+ \/ 24\.0 GiB · .* token/);
  const symbols = await client.request<{ name: string }[]>('textDocument/documentSymbol', {
    textDocument,
  });
  assert.match(symbols[0]?.name ?? '', /512 token/);
  const items = await client.request<CompletionItem[]>('textDocument/completion', {
    textDocument,
    position: { line: 1, character: line.length },
  });
  assert.ok(items.some(({ detail }) => detail === '默认值 8'));
  const { documentation } = items.find(({ label }) => label === 'data_seed') ?? {};
  assert.match(JSON.stringify(documentation), /打乱数据所用的随机种子/);
  const rules = await client.connection.sendRequest<RuleItem[]>(LIST_RULES);
  assert.ok(rules.every(({ summary }) => /[一-龥]/.test(summary)));
  const gpus = await client.request<GpuItem[]>(LIST_GPUS, { detected: [] });
  assert.ok(gpus.some(({ detail }) => detail.endsWith('无 bf16')));
  const known = { detected: ['NVIDIA GeForce RTX 3090'], chosen: 'RTX 4090D' };
  const [first, second, third] = await client.request<GpuItem[]>(LIST_GPUS, known);
  assert.deepEqual([first?.name, first?.chosen], ['GeForce RTX 4090 D', true]);
  assert.deepEqual([second?.name, second?.here], ['GeForce RTX 3090', 1]);
  assert.equal(third?.chosen ?? third?.here, undefined);
  client.close();
});
