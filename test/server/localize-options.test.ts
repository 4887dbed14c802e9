// What options mean in Chinese: a line for each option that has an English one, and none besides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import messages from '../../server/l10n/zh-cn.data.json' with { type: 'json' };
import options from '../../server/l10n/zh-cn-options.data.json' with { type: 'json' };
import { localizer } from '../../server/localize.ts';
import docs from '../../src-core/frameworks/docs.data.json' with { type: 'json' };
import { word } from '../../src-core/text/message.ts';

type Table = Readonly<Record<string, string>>;
const named = ({ common, frameworks }: { common: Table; frameworks: Record<string, Table> }) =>
  Object.entries({ common, ...frameworks }).flatMap(([framework, table]) =>
    Object.entries(table).map(([key, text]) => [`${framework} ${key}`, text] as const),
  );
const chinese = new Map(named(options));
const lines = new Map(named(docs).map(([name, text]) => [text, chinese.get(name) ?? '']));

test('the two tables have the same options in the same order', () => {
  assert.deepEqual(
    [...chinese.keys()],
    named(docs).map(([name]) => name),
  );
});

test('the same sentence is said the same way', () => {
  const twice = named(docs).filter(([name, text]) => chinese.get(name) !== lines.get(text));
  assert.deepEqual(twice, []);
});

test('sentences of a single word are said in Chinese as well', () => {
  const say = localizer('zh-cn');
  assert.equal(say(word('Nodes.')), '节点数。');
  for (const [text, line] of lines) assert.equal(say(word(text)), line, text);
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
