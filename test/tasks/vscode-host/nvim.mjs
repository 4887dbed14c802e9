// npm run test:nvim: the server over stdio, with Neovim as the client.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureProgram } from './install.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const script = path.join(root, 'test/e2e/nvim/check.lua');
const nvim = ensureProgram('neovim', 'nvim');

const CASES = [
  { file: 'train.sh', filetype: 'sh', fixed: '--torch_dtype bfloat16' },
  { file: 'train.yaml', filetype: 'yaml', fixed: 'bf16: true' },
];

const total = { passed: 0, failed: 0 };
const folder = mkdtempSync(path.join(tmpdir(), 'tl-nvim-'));
try {
  cpSync(path.join(root, 'test/e2e/fixtures'), folder, { recursive: true });
  for (const { file, filetype, fixed } of CASES) {
    console.log(`neovim, ${file}`);
    const env = {
      ...process.env,
      SERVER: path.join(root, 'dist/server.js'),
      FILE: file,
      FILETYPE: filetype,
      FIXED: fixed,
    };
    const args = ['--clean', '--headless', '-c', `luafile ${script}`];
    const done = spawnSync(nvim, args, { cwd: folder, env, encoding: 'utf8', timeout: 60_000 });
    const output = `${done.stdout}${done.stderr}`.replaceAll('\r', '');
    const report = /tunelint-report (\d+) (\d+)/.exec(output);
    console.log(output.replace(/\n?tunelint-report.*/, '').trimEnd());
    total.passed += Number(report?.[1] ?? 0);
    total.failed += report === null ? 1 : Number(report[2]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
