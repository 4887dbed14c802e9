// Bundles what ships: the client and the server for Node and for the browser, and the command line.
import { chmodSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const dev = process.argv.includes('--dev');

const common = {
  absWorkingDir: root,
  bundle: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  minify: !dev,
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
  {
    ...node,
    entryPoints: ['client/main.node.ts'],
    outfile: 'dist/client.js',
    external: ['vscode'],
  },
  { ...node, entryPoints: ['server/main.node.ts'], outfile: 'dist/server.js' },
  {
    ...web,
    entryPoints: ['client/main.web.ts'],
    outfile: 'dist/client.web.js',
    external: ['vscode'],
    format: 'cjs',
  },
  { ...web, entryPoints: ['server/main.web.ts'], outfile: 'dist/server.web.js', format: 'iife' },
  {
    ...node,
    entryPoints: ['server/cli.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
  },
];

/** Builds the bundles whose output name holds one of `names`; all of them without any. */
export async function buildAll(names = []) {
  const chosen = bundles.filter(
    ({ outfile }) => names.length === 0 || names.some((name) => outfile.includes(name)),
  );
  await Promise.all(chosen.map((bundle) => build(bundle)));
  if (existsSync(`${root}dist/cli.js`)) chmodSync(`${root}dist/cli.js`, 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll(process.argv.slice(2).filter((name) => !name.startsWith('-')));
}
