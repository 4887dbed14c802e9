// Holds the generated parts of README, docs, walkthrough and manifest against what is true now;
// `--update` writes them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import type { CodeLens } from 'vscode-languageserver/node';
import { adapters } from '../../src-core/frameworks/registry.ts';
import * as core from '../../src-core/index.ts';
import type { RuleGroup } from '../../src-core/rules/rule.ts';
import { frameworkFacts } from '../harness/framework-facts.ts';
import { root } from '../harness/suite.ts';
import { connect, PULLS } from '../server/harness.ts';
import { tunelint } from './terminal.ts';

const updating = process.env.TUNELINT_UPDATE !== undefined;
const pages = new Map<string, string>();
const pageOf = (name: string) => pages.get(name) ?? readFileSync(path.join(root, name), 'utf8');

/** Holds the part of a page between two comments against `lines`. */
function holds(page: string, name: string, lines: readonly string[]): void {
  const part = new RegExp(`(<!-- ${name} -->\n)([\\s\\S]*?)(<!-- /${name} -->)`);
  const now = `${lines.join('\n')}\n`;
  const text = pageOf(page);
  const found = part.exec(text);
  assert.ok(found, `${page} has no part "${name}"`);
  if (updating)
    pages.set(
      page,
      text.replace(part, (_, open, __, close) => open + now + close),
    );
  else assert.equal(now, found[2]);
}

after(() => {
  for (const [name, text] of pages) writeFileSync(path.join(root, name), text);
});

test('the sample is what is printed', async () => {
  const { out } = await tunelint(['check', 'examples/train.sh', '--gpu', 'RTX 4090D'], {
    cwd: root,
  });
  const command = '$ tunelint check examples/train.sh --gpu "RTX 4090D"';
  holds('README.md', 'sample', ['```text', command, '', ...out.trimEnd().split('\n'), '```']);
});

test('the frameworks are those with an adapter', async () => {
  const rows = adapters.map(async ({ id, title, version }) => {
    const { options, renamed, checks } = await frameworkFacts(id);
    const counts = [options, renamed, checks].map((count) => count || '').join(' | ');
    return `| ${title} | \`${id}\` | ${version} | ${counts} |`;
  });
  holds('README.md', 'frameworks', [
    '| framework | id | as of | options known | old names and values mended | validator checks |',
    '| --- | --- | --- | ---: | ---: | ---: |',
    ...(await Promise.all(rows)),
  ]);
});

test('the rules are those there are', () => {
  holds('docs/rules.md', 'rules', [
    '| rule | this run ... | severity | fix |',
    '| --- | --- | --- | --- |',
    ...core.rules.map(({ id, group, summary, severity, fix }) => {
      const page = `../src-core/rules/${group}/${id}.md`;
      return `| [\`${id}\`](${page}) | ${summary} | ${severity} | ${fix === 'none' ? '' : fix} |`;
    }),
  ]);
});

/** What the rules of a group look for. */
const GROUPS: Readonly<Record<RuleGroup, string>> = {
  keys: 'unknown, ignored, renamed, mistyped or missing keys, and what the framework itself refuses',
  syntax: 'commands that end before their options, and files that do not parse',
  numerics: 'fp16, bf16 and fp8 where numbers overflow, vanish or round away',
  memory: 'runs that do not fit the card',
  hardware: 'formats and kernels that the card does not have',
  schedule: "sequences longer than the model's context",
  data: 'the chat template of another model',
  adapters: 'quantisation and adapters that do not go together',
  distributed: 'gradients summed in 16 bits',
  logs: 'what went wrong in a run, from its log',
};

test('the groups are those that have rules, with their number', () => {
  const count = (group: string) => core.rules.filter((rule) => rule.group === group).length;
  const rows = Object.entries(GROUPS)
    .filter(([group]) => count(group) > 0)
    .map(([group, what]) => `| ${group} | ${count(group)} | ${what} |`);
  const listed = ['| group | rules | what they find |', '| --- | ---: | --- |', ...rows];
  holds('README.md', 'groups', listed);
});

test('the README names every setting and every command', () => {
  const { commands, configuration } = JSON.parse(pageOf('package.json')).contributes;
  const texts: Readonly<Record<string, string>> = JSON.parse(pageOf('package.nls.json'));
  const titles = commands.map(
    ({ title, category }: { readonly title: string; readonly category: string }) =>
      `*${category}: ${texts[title.slice(1, -1)]}*`,
  );
  const settings = Object.keys(configuration.properties).map((name) => `\`${name}\``);
  const readme = pageOf('README.md');
  assert.deepEqual(
    [...titles, ...settings].filter((name) => !readme.includes(name)),
    [],
  );
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
    const now = text.replace(/^> .*$/m, `> ${await lineAbove(locale)}`);
    if (updating) writeFileSync(page, now);
    else assert.equal(text, now);
  });
