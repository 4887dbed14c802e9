// npm run test:editors: the server over stdio, with Neovim and Emacs as clients. Words choose some.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureProgram } from './install.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const script = (name) => path.join(root, 'test/e2e', name);

const EDITORS = [
  {
    name: 'neovim',
    install: () => ensureProgram('neovim', 'nvim'),
    args: ['--clean', '--headless', '-c', `luafile ${script('nvim/check.lua')}`],
  },
  {
    name: 'emacs',
    install() {
      const emacs = ensureProgram('emacs-nox', 'emacs');
      ensureLisp('eglot', 'elpa-eglot', emacs);
      ensureLisp('yaml-mode', 'elpa-yaml-mode', emacs);
      return emacs;
    },
    args: ['--batch', '-q', '-l', script('emacs/check.el')],
  },
];

const CASES = [
  { file: 'train.sh', filetype: 'sh', fixed: '--torch_dtype bfloat16' },
  { file: 'train.yaml', filetype: 'yaml', fixed: 'bf16: true' },
];

/** A library of Emacs: part of it, or the distribution's package of it. */
function ensureLisp(library, packageName, emacs) {
  const probe = `(progn (package-initialize) (kill-emacs (if (locate-library "${library}") 0 1)))`;
  const has = () =>
    spawnSync(emacs, ['--batch', '-q', '--eval', probe]).status === 0 ? emacs : undefined;
  if (has() === undefined) ensureProgram(packageName, { found: has });
}

/** The configuration that the README gives for Emacs. */
function readmeInit(folder) {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const init = path.join(folder, 'init.el');
  writeFileSync(init, /```elisp\n([\s\S]*?)```/.exec(readme)[1]);
  return init;
}

/** A folder for PATH with the command `tunelint`, as an installation makes it. */
function commandFolder(folder) {
  const command = path.join(folder, 'tunelint');
  const cli = path.join(root, 'dist/cli.js');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  chmodSync(command, 0o755);
  return folder;
}

function check({ name, args }, program, folder) {
  const total = { passed: 0, failed: 0 };
  for (const { file, filetype, fixed } of CASES) {
    console.log(`${name}, ${file}`);
    const env = {
      ...process.env,
      PATH: `${commandFolder(folder)}${path.delimiter}${process.env.PATH}`,
      INIT: readmeInit(folder),
      SERVER: path.join(root, 'dist/server.js'),
      FILE: file,
      FILETYPE: filetype,
      FIXED: fixed,
    };
    const done = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', timeout: 90_000 });
    const output = `${done.stdout}${done.stderr}`.replaceAll('\r', '');
    const report = /tunelint-report (\d+) (\d+)/.exec(output);
    const lines = output.split('\n').filter((line) => report === null || /^ {2}/.test(line));
    console.log(lines.join('\n').trimEnd());
    total.passed += Number(report?.[1] ?? 0);
    total.failed += report === null ? 1 : Number(report[2]);
  }
  return total;
}

const words = process.argv.slice(2);
const total = { passed: 0, failed: 0 };
for (const editor of EDITORS) {
  if (words.length > 0 && !words.includes(editor.name)) continue;
  const folder = mkdtempSync(path.join(tmpdir(), `tl-${editor.name}-`));
  try {
    cpSync(path.join(root, 'test/e2e/fixtures'), folder, { recursive: true });
    const { passed, failed } = check(editor, editor.install(), folder);
    total.passed += passed;
    total.failed += failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
