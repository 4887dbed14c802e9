// What options mean in Chinese: a line for each English sentence, and none besides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import messages from '../../server/l10n/zh-cn.data.json' with { type: 'json' };
import options from '../../server/l10n/zh-cn-options.data.json' with { type: 'json' };
import { localizer } from '../../server/localize.ts';
import docs from '../../src-core/frameworks/docs.data.json' with { type: 'json' };
import { word } from '../../src-core/text/message.ts';

const sentences = new Set(
  [docs.common, ...Object.values(docs.frameworks)].flatMap((table): string[] =>
    Object.values(table),
  ),
);
const lines: ReadonlyMap<string, string> = new Map(Object.entries(options));

test('every sentence on an option has a Chinese form, and no line is left without its sentence', () => {
  const missing = [...sentences].filter((text) => !lines.has(text));
  assert.deepEqual(missing, [], 'put it into server/l10n/zh-cn-options.data.json');
  assert.deepEqual(
    [...lines.keys()].filter((text) => !sentences.has(text)),
    [],
    'its sentence is gone from src-core/frameworks/docs.data.json',
  );
  assert.deepEqual([...lines.keys()], [...lines.keys()].sort());
});

test('sentences of a single word are said in Chinese as well', () => {
  const say = localizer('zh-cn');
  assert.equal(say(word('Nodes.')), '节点数。');
  for (const text of sentences) assert.equal(say(word(text)), lines.get(text), text);
});

test('what a sentence quotes and what has a digit or an underscore stands in its Chinese form', () => {
  const lost: string[] = [];
  for (const [text, line] of lines)
    for (const [name] of text.matchAll(/`[^`]*`|"[^"]*"|\w*[\d_]\w*/g))
      if (!line.includes(name)) lost.push(`${name}: ${line}`);
  assert.deepEqual(lost, []);
});

test('Chinese has marks of its own, a blank beside Latin, and none between its characters', () => {
  assert.deepEqual(
    [...lines.values()].filter((line) => !line.endsWith('。')),
    [],
  );
  const odd = [...lines.values(), ...Object.values(messages)].filter((line) => {
    const plain = line.replace(/`[^`]*`/g, '`x`');
    return (
      /[一-鿿] [一-鿿]|[，。：；（）、] | [，。：；（）、]|[一-鿿][,;:()]|[,;] [一-鿿]/.test(
        plain,
      ) || /[一-鿿][A-Za-z0-9`"]|[A-Za-z0-9`"%][一-鿿]|（[^）]*（/.test(plain)
    );
  });
  assert.deepEqual(odd, []);
});
