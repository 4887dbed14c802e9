// Bundles what ships: the client and the server for Node and for the browser, and the command line.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const dev = process.argv.includes('--dev');

/** Hands the client the adapters' evidence as regular expressions, without the adapters. */
const evidencePlugin = {
  name: 'evidence',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tunelint:evidence$/ }, ({ path }) => ({ path, namespace: 'evidence' }));
    onLoad({ filter: /.*/, namespace: 'evidence' }, async () => {
      const { outputFiles } = await build({
        absWorkingDir: root,
        entryPoints: ['src-core/frameworks/registry.ts'],
        bundle: true,
        format: 'esm',
        write: false,
      });
      const code = Buffer.from(outputFiles[0].contents).toString('base64');
      const { adapters } = await import(`data:text/javascript;base64,${code}`);
      const lists = adapters.map(({ evidence }) => `[${evidence.join(',')}]`);
      return { contents: `export const evidence = [${lists.join(',')}];` };
    });
  },
};

/**
 * Puts tables in as text for JSON.parse, which reads them several times faster than a literal, and
 * only when a part of one is first asked for: a file needs the tables of its own framework.
 */
const tablesPlugin = {
  name: 'tables',
  setup({ onLoad }) {
    onLoad({ filter: /\.data\.json$/ }, async ({ path }) => {
      const table = JSON.parse(await readFile(path, 'utf8'));
      const text = JSON.stringify(JSON.stringify(table));
      if (Array.isArray(table)) return { contents: `export default JSON.parse(${text});` };
      const parts = Object.keys(table).map(JSON.stringify);
      const getters = parts.map((part) => `get ${part}() { return all()[${part}]; }`);
      const lazy = `let table;\nconst all = () => (table ??= JSON.parse(${text}));`;
      return { contents: `${lazy}\nexport default { ${getters.join(', ')} };`, loader: 'js' };
    });
  },
};

/** Unpacks the tables of the Python parser when Python is first read: most sessions never do. */
const grammarPlugin = {
  name: 'grammar',
  setup({ onLoad }) {
    onLoad({ filter: /@lezer[\\/]python[\\/]dist[\\/]index\.js$/ }, async ({ path }) => {
      const eager = 'const parser = LRParser.deserialize(';
      const lazy =
        'let made;\nconst parser = { parse: (text) => (made ??= unpack()).parse(text) };';
      const [before, after, ...more] = (await readFile(path, 'utf8')).split(eager);
      const end = after?.indexOf('\n});') ?? -1;
      if (end < 0 || more.length > 0) throw new Error(`${path} is not as the plugin knows it`);
      const tables = after.slice(0, end);
      const rest = after.slice(end + '\n});'.length);
      const unpack = `const unpack = () => LRParser.deserialize(${tables}\n});`;
      return { contents: `${before}${unpack}\n${lazy}${rest}`, loader: 'js' };
    });
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  minify: !dev,
  plugins: [tablesPlugin, grammarPlugin],
  sourcemap: dev,
  target: 'es2022',
};

const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  mainFields: ['module', 'main'],
  target: 'node20',
};

const web = { ...common, platform: 'browser', mainFields: ['browser', 'module', 'main'] };

const bundles = [
  // One file for Node and for the browser, twice: what both need is most of each.
  {
    ...node,
    entryPoints: ['client/main.ts'],
    outfile: 'dist/client.js',
    external: ['vscode'],
    conditions: ['node', 'browser'],
    plugins: [evidencePlugin],
  },
  {
    ...node,
    entryPoints: ['server/main.ts'],
    outfile: 'dist/server.core.js',
    format: 'iife',
    ascii: true, // see server/launch.ts
    conditions: ['node', 'browser'],
    alias: { yaml: './node_modules/yaml/browser/index.js' }, // the one that needs no Node
  },
  { ...node, entryPoints: ['server/launch.ts'], outfile: 'dist/server.js' },
  { ...web, entryPoints: ['client/panel/page.ts'], outfile: 'dist/panel.js', format: 'iife' },
  { ...common, entryPoints: ['client/panel/page.css'], outfile: 'dist/panel.css' },
  {
    ...node,
    entryPoints: ['server/cli.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
  },
];

/** Escapes what is not ASCII. esbuild leaves tagged templates and regular expressions as they are. */
const escaped = (text) =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Writes a bundle in one step, so that nobody who runs it meanwhile reads half of it. */
async function buildOne({ ascii = false, ...bundle }) {
  const { outputFiles } = await build({ ...bundle, write: false });
  mkdirSync(`${root}dist`, { recursive: true });
  for (const { path, contents, text } of outputFiles) {
    const half = `${path}.${process.pid}`;
    writeFileSync(half, ascii ? escaped(text) : contents);
    renameSync(half, path);
  }
}

/** The rules' pages, for `explain` and for the editor, and that of the estimate. */
function copyRulePages() {
  const rules = `${root}src-core/rules`;
  mkdirSync(`${root}dist/rules`, { recursive: true });
  for (const file of readdirSync(rules, { recursive: true }))
    if (file.endsWith('.md'))
      copyFileSync(`${rules}/${file}`, `${root}dist/rules/${basename(file)}`);
  copyFileSync(`${root}docs/estimate.md`, `${root}dist/rules/estimate.md`);
}

/** Builds the bundles whose output name holds one of `names`; all of them without any. */
export async function buildAll(names = []) {
  const chosen = bundles.filter(
    ({ outfile }) => names.length === 0 || names.some((name) => outfile.includes(name)),
  );
  const results = await Promise.allSettled(chosen.map(buildOne));
  if (results.some(({ status }) => status === 'rejected')) process.exit(1); // esbuild has said why
  copyRulePages();
  if (existsSync(`${root}dist/cli.js`)) chmodSync(`${root}dist/cli.js`, 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll(process.argv.slice(2).filter((name) => !name.startsWith('-')));
}
