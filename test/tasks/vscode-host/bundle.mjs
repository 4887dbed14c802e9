// Bundles the suites that run inside the extension host.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { cacheDir } from './install.mjs';

const suite = fileURLToPath(new URL('../../e2e/suite/', import.meta.url));
const fixtures = fileURLToPath(new URL('../../e2e/fixtures/', import.meta.url));

/** The texts of the fixtures, for a host without a disk. */
const fixturesPlugin = {
  name: 'fixtures',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tunelint:fixtures$/ }, ({ path }) => ({ path, namespace: 'fixtures' }));
    onLoad({ filter: /.*/, namespace: 'fixtures' }, () => {
      const files = readdirSync(fixtures, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => path.join(parentPath, name));
      const texts = files.map((file) => [
        path.relative(fixtures, file).replaceAll(path.sep, '/'),
        readFileSync(file, 'utf8'),
      ]);
      return { contents: `export const fixtures = ${JSON.stringify(Object.fromEntries(texts))};` };
    });
  },
};

const common = {
  bundle: true,
  logLevel: 'warning',
  target: 'es2022',
  sourcemap: 'inline',
  plugins: [fixturesPlugin],
};

/** The suite for the Node extension host; gives the file that VS Code loads. */
export async function bundleForNode() {
  const outfile = path.join(cacheDir, 'suite/index.js');
  const entryPoints = [`${suite}index.node.ts`];
  const external = ['vscode', 'mocha'];
  await build({ ...common, entryPoints, outfile, external, platform: 'node', format: 'cjs' });
  return outfile;
}

/**
 * What the web worker runs, into a folder: the suite, with mocha's browser build inside, and what
 * prepares the session by mouse and keyboard.
 */
export async function bundleForWeb(outdir) {
  await build({
    ...common,
    entryPoints: { index: `${suite}index.web.ts`, ui: `${suite}index.ui.ts` },
    outdir,
    external: ['vscode'],
    platform: 'browser',
    // mocha's browser build would overwrite `module.exports` of a CommonJS bundle.
    format: 'iife',
    globalName: 'suiteExports',
    footer: { js: 'module.exports = suiteExports;' },
    define: { global: 'globalThis', 'process.env.NODE_DEBUG': '""' },
  });
}
