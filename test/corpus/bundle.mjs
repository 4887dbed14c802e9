import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Bundles the core, and the reader of files that a config names, into one module at `path`. */
export async function buildCore(path) {
  await build({
    stdin: {
      contents: `
        export { pinPlace } from './src-core/analysis/pin-files.ts';
        export { checkFile, readingBy } from './server/cli/check-file.ts';
        export { languageOf, lineIndex } from './src-core/text/source-file.ts';
      `,
      resolveDir: root,
    },
    outfile: path,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    mainFields: ['module', 'main'],
    target: 'node20',
    logLevel: 'error',
  });
}
