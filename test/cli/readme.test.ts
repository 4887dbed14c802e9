// Holds the generated parts of README, walkthrough and manifest against what is true now; `--update` writes them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import type { CodeLens } from 'vscode-languageserver/node';
import { adapters } from '../../src-core/frameworks/registry.ts';
import * as core from '../../src-core/index.ts';
import { frameworkFacts } from '../harness/framework-facts.ts';
import { root } from '../harness/suite.ts';
import { connect, PULLS } from '../server/harness.ts';
import { tunelint } from './terminal.ts';

const file = path.join(root, 'README.md');
const updating = process.env.TUNELINT_UPDATE !== undefined;
let readme = readFileSync(file, 'utf8');

function holds(name: string, lines: readonly string[]): void {
  const part = new RegExp(`(<!-- ${name} -->\n)([\\s\\S]*?)(<!-- /${name} -->)`);
  const now = `${lines.join('\n')}\n`;
  const found = part.exec(readme);
  assert.ok(found, `the README has no part "${name}"`);
  if (updating) readme = readme.replace(part, (_, open, __, close) => open + now + close);
  else assert.equal(now, found[2]);
}

after(() => {
  if (updating) writeFileSync(file, readme);
});

test('the sample is what is printed', async () => {
  const { out } = await tunelint(['check', 'examples/train.sh', '--gpu', 'RTX 4090D'], {
    cwd: root,
  });
  const command = '$ tunelint check examples/train.sh --gpu "RTX 4090D"';
  holds('sample', ['```text', command, '', ...out.trimEnd().split('\n'), '```']);
});

test('the frameworks are those with an adapter', async () => {
  const rows = adapters.map(async ({ id, title, version }) => {
    const { options, renamed, checks } = await frameworkFacts(id);
    const counts = [options, renamed, checks].map((count) => count || '').join(' | ');
    return `| ${title} | \`${id}\` | ${version} | ${counts} |`;
  });
  holds('frameworks', [
    '| framework | id | as of | options known | old names and values mended | validator checks |',
    '| --- | --- | --- | ---: | ---: | ---: |',
    ...(await Promise.all(rows)),
  ]);
});

test('the rules are those there are', () => {
  holds('rules', [
    '| rule | this run ... | severity | fix |',
    '| --- | --- | --- | --- |',
    ...core.rules.map(({ id, group, summary, severity, fix }) => {
      const page = `src-core/rules/${group}/${id}.md`;
      return `| [\`${id}\`](${page}) | ${summary} | ${severity} | ${fix === 'none' ? '' : fix} |`;
    }),
  ]);
});

test('the settings propose the rules there are', () => {
  const manifest = path.join(root, 'package.json');
  const text = readFileSync(manifest, 'utf8');
  const part = /("propertyNames": \{\s*"enum": )\[[^\]]*\]/;
  const ids = core.rules.map(({ id }) => `\n              "${id}"`).join(',');
  const now = text.replace(part, (_, open) => `${open}[${ids}\n            ]`);
  if (updating) writeFileSync(manifest, now);
  else assert.equal(text, now);
});

/** What stands above the command of the walkthrough in an editor of that language. */
async function lineAbove(locale: string): Promise<string> {
  const page = readFileSync(path.join(root, 'client/walkthrough/open.md'), 'utf8');
  const text = /```bash\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const uri = 'file:///ws/train.sh';
  const options = { gpu: 'RTX 4090D' };
  const client = await connect(core, { options, locale, capabilities: PULLS });
  try {
    await client.open(uri, text);
    const [lens] = await client.request<CodeLens[]>('textDocument/codeLens', {
      textDocument: { uri },
    });
    return lens?.command?.title ?? '';
  } finally {
    client.close();
  }
}

for (const [locale, name] of [
  ['en', 'read.md'],
  ['zh-cn', 'read.nls.zh-cn.md'],
] as const)
  test(`the walkthrough shows the line above its command as it is (${locale})`, async () => {
    const page = path.join(root, 'client/walkthrough', name);
    const text = readFileSync(page, 'utf8');
    const now = text.replace(/^> ✓ .*$/m, `> ✓ ${await lineAbove(locale)}`);
    if (updating) writeFileSync(page, now);
    else assert.equal(text, now);
  });
