// Bundles the suites that run inside the extension host.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { cacheDir } from './install.mjs';

const suite = fileURLToPath(new URL('../../e2e/suite/', import.meta.url));

const common = {
  bundle: true,
  logLevel: 'warning',
  target: 'es2022',
  sourcemap: 'inline',
  loader: { '.sh': 'text', '.yaml': 'text', '.log': 'text', '.txt': 'text' },
};

/** The suite for the Node extension host; gives the file that VS Code loads. */
export async function bundleForNode() {
  const outfile = path.join(cacheDir, 'suite/index.js');
  const entryPoints = [`${suite}index.node.ts`];
  const external = ['vscode', 'mocha'];
  await build({ ...common, entryPoints, outfile, external, platform: 'node', format: 'cjs' });
  return outfile;
}

/** The suite for the web worker, with mocha's browser build inside. */
export async function bundleForWeb(outfile) {
  await build({
    ...common,
    entryPoints: [`${suite}index.web.ts`],
    outfile,
    external: ['vscode'],
    platform: 'browser',
    // mocha's browser build would overwrite `module.exports` of a CommonJS bundle.
    format: 'iife',
    globalName: 'suiteExports',
    footer: { js: 'module.exports = suiteExports;' },
    define: { global: 'globalThis', 'process.env.NODE_DEBUG': '""' },
  });
  return outfile;
}
