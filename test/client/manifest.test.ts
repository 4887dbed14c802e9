import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseSettings } from '../../server/settings.ts';
import { languageOf } from '../../src-core/text/source-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string): string => readFileSync(root + name, 'utf8');
const json = (name: string): Record<string, string> => JSON.parse(read(name));

const manifest = read('package.json');
const english = json('package.nls.json');
const chinese = json('package.nls.zh-cn.json');
const bundle = json('l10n/bundle.l10n.zh-cn.json');
const client = readdirSync(`${root}client`)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read(`client/${file}`))
  .join('\n');

test('every text of the manifest exists in both languages, and nothing is left over', () => {
  const used = [...manifest.matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key).sort();
  assert.ok(used.length > 20);
  assert.deepEqual(Object.keys(english).sort(), used);
  assert.deepEqual(Object.keys(chinese).sort(), used);
});

test('every message of the client is translated, with the same placeholders', () => {
  const used = [...client.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, text]) => text ?? '');
  assert.deepEqual(Object.keys(bundle).sort(), [...new Set(used)].sort());
  const holes = (text: string) => (text.match(/\{\d\}/g) ?? []).sort().join();
  for (const [text, translated] of Object.entries(bundle)) {
    assert.equal(holes(translated), holes(text), text);
    assert.notEqual(translated, text);
  }
});

test('links of the walkthrough survive the translation', () => {
  for (const [key, text] of Object.entries(english)) {
    const links = (whole: string) => whole.match(/\(command:[\w.]+\)/g) ?? [];
    assert.deepEqual(links(chinese[key] ?? ''), links(text), key);
  }
});

test('every page of the walkthrough exists in Chinese, by the name that VS Code looks for', () => {
  const pages = [...manifest.matchAll(/"markdown": "(client\/walkthrough\/\w+)\.md"/g)];
  assert.equal(pages.length, 4);
  for (const [, page = ''] of pages) {
    const [own, other] = [read(`${page}.md`), read(`${page}.nls.zh-cn.md`)];
    assert.match(other, /[一-龥]/, page);
    const code = (text: string) => text.match(/^```[\s\S]*?^```/gm) ?? [];
    assert.deepEqual(code(other), code(own), page);
  }
});

test('the settings name every level that a rule can have', () => {
  const { enum: levels } =
    JSON.parse(manifest).contributes.configuration.properties['tunelint.rules']
      .additionalProperties;
  for (const texts of [english, chinese])
    for (const level of levels) assert.ok(texts['setting.rules']?.includes(`\`${level}\``), level);
});

test('the icon is 128 pixels wide and high, and small', () => {
  const png = readFileSync(root + JSON.parse(manifest).icon);
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [128, 128]);
  assert.ok(png.length < 8192, `${png.length} bytes`);
});

test('at most a dozen settings, all documented, and the defaults are those of the server', () => {
  const { properties } = JSON.parse(manifest).contributes.configuration;
  const names = Object.keys(properties);
  assert.ok(names.length <= 12);
  const section: Record<string, unknown> = {};
  for (const name of names) {
    assert.ok(properties[name].markdownDescription, name);
    section[name.replace('tunelint.', '')] = properties[name].default;
  }
  assert.deepEqual(parseSettings(section), parseSettings({}));
});

test('the extension activates for the languages of training configs and logs and nothing else', () => {
  const { activationEvents } = JSON.parse(manifest);
  const languages = /LANGUAGES = \[([^\]]+)\]/.exec(client)?.[1]?.match(/\w+/g) ?? [];
  assert.deepEqual(
    activationEvents,
    [...languages, 'jsonl'].map((id) => `onLanguage:${id}`),
  );
});

test('files with the endings and names of logs are logs to the editor and to the server', () => {
  const [log, ...others] = JSON.parse(manifest).contributes.languages;
  assert.equal(log.id, 'log');
  assert.deepEqual(others, []);
  const named = [...log.extensions, ...log.filenames, ...log.filenamePatterns];
  assert.ok(named.includes('.out') && named.includes('.err') && named.includes('log.txt'));
  for (const name of named) assert.equal(languageOf(name), 'log', name);
});

test('what the manifest names is packed', () => {
  const globs = read('.vscodeignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1).replaceAll('.', '\\.').replaceAll('*', '[^/]*'));
  const packed = new RegExp(`^(${globs.join('|')})$`);
  const named = [...manifest.matchAll(/"(?:\.\/)?([\w./-]+\.(?:js|md|json|png))"/g)]
    .map(([, file]) => file ?? '')
    .filter((file) => file !== 'dist/cli.js');
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter((file) => !packed.test(file)),
    [],
  );
});

test('the README of the package links to addresses only and shows no picture of the project', async () => {
  const tasks: { packageReadme(readme: string): string } = await import(
    new URL('../tasks/package-readme.mjs', import.meta.url).href
  );
  const readme = read('README.md');
  assert.match(readme, /^!\[.*\]\(docs\/editor\.png\)$/m);
  const packed = tasks.packageReadme(readme);
  const targets = [...packed.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target ?? '');
  assert.deepEqual(
    targets.filter((target) => !target.startsWith('https://')),
    [],
  );
  assert.ok(packed.includes('License: MIT.'));
});
