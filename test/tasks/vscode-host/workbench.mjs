// Starts VS Code's server build on a fresh profile and a copy of a workspace, for as long as needed.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureServer } from './install.mjs';

const SETTINGS = {
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

/** The settings of an editor that trusts no folder, and does not ask. */
const RESTRICTED = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
};

function profile(workspace, settings) {
  const dir = mkdtempSync(path.join(tmpdir(), 'tl-'));
  const paths = {
    dir,
    data: path.join(dir, 'data'),
    extensions: path.join(dir, 'ext'),
    workspace: path.join(dir, 'ws'),
  };
  const user = path.join(paths.data, 'data/User');
  cpSync(workspace, paths.workspace, { recursive: true });
  mkdirSync(paths.extensions);
  // Settings of a machine (`tunelint.detectGpu`) are not read from the user's.
  for (const folder of [user, path.join(paths.data, 'data/Machine')]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  }
  return paths;
}

function profileArguments({ data, extensions }) {
  return [
    ...['--accept-server-license-terms', '--telemetry-level', 'off'],
    ...['--server-data-dir', data, '--extensions-dir', extensions],
  ];
}

function serverArguments(paths, restricted) {
  return [
    ...profileArguments(paths),
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token'],
    ...['--disable-experiments', '--reconnection-grace-time', '1'],
    ...(restricted ? [] : ['--disable-workspace-trust']),
    // Without this flag the page ignores an extension under development and its tests.
    '--enable-smoke-test-driver',
  ];
}

function listening(server, log) {
  return new Promise((resolve, reject) => {
    let seen = '';
    const read = (chunk) => {
      seen += chunk;
      log.write(chunk);
      const port = /Extension host agent listening on (\d+)/.exec(seen)?.[1];
      if (port !== undefined) resolve(port);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('exit', (code) => reject(new Error(`the editor's server ended (${code})\n${seen}`)));
  });
}

/** Installs a packaged extension into the profile. */
function install(node, main, paths, vsix, env) {
  const args = [main, ...profileArguments(paths), '--install-extension', vsix, '--force'];
  const done = spawnSync(node, args, { env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${vsix} was not installed: ${done.stdout}${done.stderr}`);
}

async function stop(server) {
  server.removeAllListeners('exit');
  const ended = new Promise((resolve) => server.on('exit', resolve));
  try {
    process.kill(-server.pid, 'SIGTERM'); // its own group: watchers and extension hosts go too
  } catch {
    return;
  }
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))]);
}

/**
 * Runs the editor's server on a copy of `workspace` and hands `use` what it takes to open it:
 * `pageUrl(payload)`, or that of another folder or workspace, `remote(path)` and the workspace's folder. Everything is removed afterwards.
 * Folders are trusted, unless it is `restricted`.
 */
export async function withWorkbench(
  { workspace, vsix, settings = {}, env = {}, restricted = false },
  use,
) {
  const { node, vscode } = ensureServer();
  const paths = profile(workspace, { ...settings, ...(restricted ? RESTRICTED : {}) });
  const main = path.join(vscode, 'out/server-main.js');
  const environment = {
    ...process.env,
    ...env,
    VSCODE_CLI: '1', // keeps this very PATH: else it is asked of a login shell
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    HOME: paths.dir,
    XDG_RUNTIME_DIR: paths.dir,
  };
  if (vsix !== undefined) install(node, main, paths, vsix, environment);
  const server = spawn(node, [main, ...serverArguments(paths, restricted)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  try {
    const port = await listening(server, createWriteStream(path.join(paths.dir, 'server.log')));
    const host = `127.0.0.1:${port}`;
    const remote = (file) => `vscode-remote://${host}${path.resolve(file)}`;
    const pageUrl = (payload, place = { folder: paths.workspace }) =>
      `http://${host}/?${new URLSearchParams({ ...place, payload: JSON.stringify(payload) })}`;
    return await use({ remote, pageUrl, workspace: paths.workspace });
  } finally {
    await stop(server);
    rmSync(paths.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
