// Bundles what ships: the client and the server for Node and for the browser, and the command line.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const dev = process.argv.includes('--dev');

/** What a file of the project exports, for the build itself. */
async function imported(file) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

/** Hands the client the adapters' evidence as regular expressions, without the adapters. */
const evidencePlugin = {
  name: 'evidence',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tunelint:evidence$/ }, ({ path }) => ({ path, namespace: 'evidence' }));
    onLoad({ filter: /.*/, namespace: 'evidence' }, async () => {
      const { adapters } = await imported('src-core/frameworks/registry.ts');
      const lists = adapters.map(({ evidence }) => `[${evidence.join(',')}]`);
      return { contents: `export const evidence = [${lists.join(',')}];` };
    });
  },
};

/** Escapes what is not ASCII. esbuild leaves tagged templates and regular expressions as they are. */
const escaped = (text) =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const { shortKey } = await imported('server/l10n/short-key.ts');

/** Translations by short keys; throws when two texts have the same. */
function keyedShort(table) {
  const entries = Object.entries(table).map(([text, said]) => [shortKey(text), said]);
  const short = Object.fromEntries(entries);
  if (Object.keys(short).length < entries.length) throw new Error('two texts have one short key');
  return short;
}

/** The tables of facts, one behind the other, as `server/tables.ts` gives them out again. */
const tables = { text: '', places: new Map() };
for (const folder of ['server', 'src-core'])
  for (const name of readdirSync(`${root}${folder}`, { recursive: true }).sort()) {
    if (!name.endsWith('.data.json')) continue;
    const path = join(root, folder, name);
    const table = JSON.parse(readFileSync(path, 'utf8'));
    const shipped = basename(path) === 'zh-cn.data.json' ? keyedShort(table) : table;
    const text = escaped(JSON.stringify(shipped));
    const start = tables.text.length;
    tables.places.set(path, [start, start + text.length]);
    tables.text += `${text}\n`;
  }

/** Leaves tables out of a bundle: each is read when a part of it is first asked for. */
const tablesPlugin = {
  name: 'tables',
  setup({ onLoad }) {
    onLoad({ filter: /\.data\.json$/ }, ({ path }) => {
      const [start, end] = tables.places.get(path);
      const empty = tables.text[start] === '[' ? '[]' : '{}';
      const call = `export default tableAt(${start}, ${end}, ${empty});`;
      const contents = `import { tableAt } from './server/tables.ts';\n${call}`;
      return { contents, loader: 'js', resolveDir: root };
    });
  },
};

/** What of a library's text becomes what, each exactly once where the text is `path`. */
function rewritten(text, path, changes) {
  for (const [pattern, by] of changes) {
    const found = pattern.test(text) && !pattern.test(text.replace(pattern, ''));
    if (!found) throw new Error(`${path} is not as the build knows it`);
    text = text.replace(pattern, by);
  }
  return text;
}

/**
 * Unpacks the tables of the Python parser when Python is first read, which most sessions never do, and
 * leaves out its colours.
 */
const grammarPlugin = {
  name: 'grammar',
  setup({ onLoad }) {
    onLoad({ filter: /@lezer[\\/]python[\\/]dist[\\/]index\.js$/ }, async ({ path }) => ({
      loader: 'js',
      contents: rewritten(await readFile(path, 'utf8'), path, [
        [/^import \{ styleTags, tags \} from '@lezer\/highlight';$/m, ''],
        [/^const pythonHighlighting = styleTags\(\{$[\s\S]*?^\}\);$/m, ''],
        [/^ {2}propSources: \[pythonHighlighting\],$/m, ''],
        [
          /^const parser = (LRParser\.deserialize\(\{$[\s\S]*?^\}\));$/m,
          'let made;\nconst parser = { parse: (...input) => (made ??= $1).parse(...input) };',
        ],
      ]),
    }));
  },
};

/** Sets each language's parser up, with the library under it, when a text of the language is first read. */
const parsersPlugin = {
  name: 'parsers',
  setup({ onResolve, onLoad }) {
    const filter = /[\\/](?:shell[\\/]shell|yaml[\\/]yaml|json|python[\\/]python)\.ts$/;
    onResolve({ filter, namespace: 'file' }, ({ path, resolveDir }) => {
      if (basename(resolveDir) !== 'syntax') return undefined;
      return { path: join(resolveDir, path), namespace: 'parsers' };
    });
    onLoad({ filter, namespace: 'parsers' }, ({ path }) => {
      const language = basename(path, '.ts');
      const name = `parse${language[0].toUpperCase()}${language.slice(1)}`;
      const call = `require(${JSON.stringify(path)}).${name}(...input)`;
      return { contents: `export const ${name} = (...input) => ${call};`, resolveDir: root };
    });
  },
};

/**
 * Imports of the protocol's library as plain constants: esbuild's own bridge to it defines some 600
 * getters for each file that imports it, and TypeScript's inside of it as many for each layer.
 */
const protocolPlugin = {
  name: 'protocol',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vscode-languageserver$/, namespace: 'file' }, ({ path }) => ({
      path,
      namespace: 'protocol',
    }));
    onLoad({ filter: /.*/, namespace: 'protocol' }, async ({ path }) => {
      const names = Object.keys((await import(path)).default);
      const constants = names.map(
        (name) => `export const ${name} = /* @__PURE__ */ get('${name}');`,
      );
      const get = `const library = require('${path}');\nconst get = (name) => library[name];`;
      return { contents: `${get}\n${constants.join('\n')}`, resolveDir: root };
    });
    // Plain exports as well: the same library as a module would be copied getter by getter.
    onResolve({ filter: /^vscode-languageserver-types$/ }, ({ resolveDir }) => {
      const { resolve } = createRequire(join(resolveDir, 'any.js'));
      return { path: resolve('vscode-languageserver-types') };
    });
    const layers = /vscode-languageserver(?:-protocol)?[\\/]lib[\\/]common[\\/]api\.js$/;
    onLoad({ filter: layers }, async ({ path }) => ({
      contents: rewritten(await readFile(path, 'utf8'), path, [
        [/\(this && this\.__createBinding\)/, '((to, from, name) => { to[name] = from[name]; })'],
      ]),
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  minify: !dev,
  plugins: [tablesPlugin, grammarPlugin, parsersPlugin, protocolPlugin],
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
    ascii: true, // see server/compiled.ts
    conditions: ['node', 'browser'],
    alias: { yaml: './node_modules/yaml/browser/index.js' }, // the one that needs no Node
  },
  { ...node, entryPoints: ['server/launch.ts'], outfile: 'dist/server.js' },
  { ...web, entryPoints: ['client/panel/page.ts'], outfile: 'dist/panel.js', format: 'iife' },
  { ...common, entryPoints: ['client/panel/page.css'], outfile: 'dist/panel.css' },
  {
    ...node,
    entryPoints: ['server/cli.ts'],
    outfile: 'dist/cli.core.js',
    format: 'iife',
    ascii: true,
  },
  {
    ...node,
    entryPoints: ['server/cli/launch.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
  },
];

/** Writes a file in one step, so that nobody who runs it meanwhile reads half of it. */
function writeWhole(path, contents) {
  mkdirSync(`${root}dist`, { recursive: true });
  const half = `${path}.${process.pid}`;
  writeFileSync(half, contents);
  renameSync(half, path);
}

async function buildOne({ ascii = false, ...bundle }) {
  const { outputFiles } = await build({ ...bundle, write: false });
  for (const { path, contents, text } of outputFiles)
    writeWhole(path, ascii ? escaped(text) : contents);
}

/**
 * The rules' pages and that of the estimate: one by one for `explain` and editors that open files, and all in one
 * for VS Code, as seventy files take a fiftieth of its package by themselves.
 */
function copyRulePages() {
  const rules = `${root}src-core/rules`;
  mkdirSync(`${root}dist/rules`, { recursive: true });
  const files = readdirSync(rules, { recursive: true }).filter((file) => file.endsWith('.md'));
  const pages = {};
  for (const file of [...files.sort().map((one) => `${rules}/${one}`), `${root}docs/estimate.md`]) {
    copyFileSync(file, `${root}dist/rules/${basename(file)}`);
    pages[basename(file)] = readFileSync(file, 'utf8');
  }
  writeWhole(`${root}dist/rules.json`, JSON.stringify(pages));
}

/** Builds the bundles whose output name holds one of `names`; all of them without any. */
export async function buildAll(names = []) {
  const chosen = bundles.filter(
    ({ outfile }) => names.length === 0 || names.some((name) => outfile.includes(name)),
  );
  const results = await Promise.allSettled(chosen.map(buildOne));
  if (results.some(({ status }) => status === 'rejected')) process.exit(1); // esbuild has said why
  writeWhole(`${root}dist/tables.txt`, tables.text);
  copyRulePages();
  if (existsSync(`${root}dist/cli.js`)) chmodSync(`${root}dist/cli.js`, 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll(process.argv.slice(2).filter((name) => !name.startsWith('-')));
}
