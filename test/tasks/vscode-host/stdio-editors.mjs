// npm run test:editors: the server over stdio, with Neovim, Emacs and Helix as clients. Words choose
// some.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureProgram } from './install.mjs';
import { ensureHelix, ensureNewNeovim } from './newer-debian.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const script = (name) => path.join(root, 'test/e2e', name);

const EDITORS = [
  {
    name: 'neovim',
    install: () => ensureProgram('neovim', 'nvim'),
    args: ['--clean', '--headless', '-c', `luafile ${script('nvim/check.lua')}`],
  },
  {
    name: 'neovim 0.11',
    install: ensureNewNeovim,
    args: ['--clean', '--headless', '-c', `luafile ${script('nvim/check.lua')}`],
    init: 'lua',
    optional: true,
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
    init: 'elisp',
  },
  {
    name: 'helix',
    install() {
      ensureProgram('tmux', 'tmux');
      process.env.HELIX = ensureHelix();
      return process.execPath;
    },
    args: [script('helix/check.mjs')],
    init: 'toml',
    optional: true,
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

/** A file with the configuration that the README gives, by the language it is written in. */
function readmeInit(folder, language) {
  if (language === undefined) return '';
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const init = path.join(folder, `init.${language}`);
  writeFileSync(init, new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme)[1]);
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

function check({ name, args, init }, program, folder) {
  const total = { passed: 0, failed: 0 };
  for (const { file, filetype, fixed } of CASES) {
    console.log(`${name}, ${file}`);
    const env = {
      ...process.env,
      PATH: `${commandFolder(folder)}${path.delimiter}${process.env.PATH}`,
      INIT: readmeInit(folder, init),
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

/** The program of an editor; one that not every machine can have may be missing, and is named then. */
function installed({ name, install, optional }) {
  try {
    return install();
  } catch (error) {
    if (!optional) throw error;
    console.log(`${name}: skipped, it is not to be had here (${error.message})`);
    return undefined;
  }
}

const words = process.argv.slice(2);
const total = { passed: 0, failed: 0 };
for (const editor of EDITORS) {
  if (words.length > 0 && !words.includes(editor.name)) continue;
  const folder = mkdtempSync(path.join(tmpdir(), `tl-${editor.name}-`));
  try {
    cpSync(path.join(root, 'test/e2e/fixtures'), folder, { recursive: true });
    // It names a card for the config, which would win over the setting.
    rmSync(path.join(folder, 'run.sh'));
    const program = installed(editor);
    if (program === undefined) continue;
    const { passed, failed } = check(editor, program, folder);
    total.passed += passed;
    total.failed += failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
