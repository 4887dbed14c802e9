// The pictures of docs/: taken anew on request only, and stored with a palette of 256 colours.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, must } from './install.mjs';

const SHARP = '0.35.5';
const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));

/** Whether the run was asked to renew the pictures of docs/. */
const asked = process.argv.includes('--pictures');

/** Where the picture of this name goes: to docs/ when that is asked for, else to .vscode-test/. */
export function pictureFile(name) {
  return path.join(asked ? docs : cacheDir, `${name}.png`);
}

/** The image library, in a git-ignored folder: nothing else needs it. */
function sharp() {
  const home = path.join(cacheDir, 'sharp');
  if (!existsSync(path.join(home, 'node_modules/sharp'))) {
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'package.json'), '{"private":true}\n');
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
    must('npm', ['install', ...quiet, `sharp@${SHARP}`], { cwd: home });
  }
  return createRequire(path.join(home, 'package.json'))('sharp');
}

/** Stores the pictures of docs/ with a palette, when this run has renewed them. */
export async function reducePictures(names) {
  if (!asked) return;
  const read = sharp();
  for (const name of names) {
    const file = pictureFile(name);
    const png = { palette: true, colours: 256, effort: 10, compressionLevel: 9 };
    writeFileSync(file, await read(readFileSync(file)).png(png).toBuffer());
    console.log(`docs/${name}.png: ${statSync(file).size.toLocaleString('en')} bytes`);
  }
}
