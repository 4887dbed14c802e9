import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { adapters } from '../../src-core/frameworks/registry.ts';
import { analyze, type Language } from '../../src-core/index.ts';

interface Snippet {
  readonly prefix: readonly string[];
  readonly body: readonly string[];
}

const files: readonly (readonly [string, Language, string])[] = [
  ['shell', 'shell', 'train.sh'],
  ['yaml', 'yaml', 'train.yaml'],
  ['python', 'python', 'train.py'],
  ['json', 'json', 'ds_config.json'],
];

/** The text a snippet leaves when every placeholder is accepted; one named again says the same. */
function accepted({ body }: Snippet): string {
  const text = body.join('\n').replace(/\$\{(\d+)\|([^,|]+)[^|]*\|\}/g, '$${$1:$2}');
  const placeholder = /(?<!\\)\$\{(\w+):([^}]*)\}/g;
  const values = new Map([...text.matchAll(placeholder)].map(([, name, value]) => [name, value]));
  return text
    .replace(placeholder, '$2')
    .replace(/(?<!\\)\$(\d+)/g, (_, name) => values.get(name) ?? '')
    .replaceAll('\\$', '$')
    .replaceAll('\\\\', '\\');
}

const prefixes = new Set<string>();

for (const [name, language, path] of files) {
  const url = new URL(`../../client/snippets/${name}.json`, import.meta.url);
  const snippets: Record<string, Snippet> = JSON.parse(readFileSync(fileURLToPath(url), 'utf8'));
  for (const [title, snippet] of Object.entries(snippets)) {
    for (const prefix of snippet.prefix) prefixes.add(prefix);
    test(`${title}: a new config without a finding`, () => {
      const text = accepted(snippet);
      const { findings, framework } = analyze({ file: { path, text, language }, settings: {} });
      assert.ok(snippet.prefix.includes(`tunelint ${framework}`), `read as ${framework}`);
      const serious = findings.filter(
        ({ severity }) => severity === 'error' || severity === 'warning',
      );
      assert.deepEqual(
        serious.map(({ message }) => message),
        [],
      );
    });
  }
}

test('every framework has a snippet', () => {
  assert.deepEqual(
    adapters.filter(({ id }) => !prefixes.has(`tunelint ${id}`)).map(({ id }) => id),
    [],
  );
});
