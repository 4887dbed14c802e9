// Editors that are newer than the distribution's: packages of a later Debian, unpacked into the
// git-ignored folder .vscode-test/ and started with that release's own C library.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheDir, which } from './install.mjs';

function output(command, args) {
  const done = spawnSync(command, args, { encoding: 'utf8' });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command}: ${done.stderr || done.error?.message}`.trim());
}

/** The address of Debian's packages that this machine uses. */
function mirror() {
  const targets = output('apt-get', ['indextargets', '--format', '$(REPO_URI)']);
  const found = targets.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (found === undefined) throw new Error('no mirror of Debian is set up');
  return found;
}

/** Arguments of an apt that knows this release only, and no installed package. */
function aptOf(release, home) {
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(path.join(home, folder), { recursive: true });
  const sources = path.join(home, 'debian.sources');
  const fields = {
    ...{ Types: 'deb', URIs: mirror(), Suites: release, Components: 'main' },
    'Signed-By': '/usr/share/keyrings/debian-archive-keyring.gpg',
  };
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(sources, lines.join(''));
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': path.join(home, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': path.join(home, 'cache'),
    'APT::Sandbox::User': 'root', // apt's own user cannot read this folder
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

/** Unpacks the package with all that it depends on; gives the folder that stands for `/`. */
function unpack(release, packageName, home) {
  console.log(`fetching ${packageName} of Debian ${release} ...`);
  rmSync(home, { recursive: true, force: true });
  const apt = aptOf(release, home);
  output('apt-get', [...apt, 'update', '-qq']);
  const quiet = ['-y', '-qq', '--no-install-recommends', '--download-only'];
  output('apt-get', [...apt, 'install', ...quiet, packageName]);
  const archives = path.join(home, 'cache/archives');
  const root = path.join(home, 'root');
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb')))
    output('dpkg-deb', ['-x', path.join(archives, file), root]);
  for (const folder of ['cache', 'lists']) rmSync(path.join(home, folder), { recursive: true });
  return root;
}

function writeLauncher(launcher, root, { binary, runtime: [variable, folder] }) {
  const loader = `${root}/usr/lib64/ld-linux-x86-64.so.2`;
  const libraries = `${root}/usr/lib/x86_64-linux-gnu`;
  const lines = [
    '#!/bin/sh',
    `export ${variable}="${root}/${folder}"`,
    `exec "${loader}" --library-path "${libraries}" "${root}/${binary}" "$@"`,
  ];
  writeFileSync(launcher, `${lines.join('\n')}\n`);
  chmodSync(launcher, 0o755);
}

/** The editor that is installed if it is new enough, else the release's; throws why there is none. */
function ensureNewer(editor) {
  const { release, packageName, names, version } = editor;
  const isIt = (program) =>
    version.test(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '');
  const installed = names.map((name) => which(name)).find((file) => file && isIt(file));
  if (installed !== undefined) return installed;
  const home = path.join(cacheDir, `${packageName}-${release}`);
  const launcher = path.join(home, names[0]);
  if (existsSync(launcher) && isIt(launcher)) return launcher;
  writeLauncher(launcher, unpack(release, packageName, home), editor);
  if (!isIt(launcher)) throw new Error(`${packageName} of Debian ${release} does not start`);
  return launcher;
}

/** Helix; Debian has it since its release 13. */
export function ensureHelix() {
  return ensureNewer({
    release: 'trixie',
    packageName: 'hx',
    names: ['hx', 'helix'],
    version: /^helix /, // `hx` is also the name of a hex editor
    binary: 'usr/lib/hx/hx',
    runtime: ['HELIX_RUNTIME', 'usr/lib/hx/runtime'],
  });
}

/** Neovim 0.11 or newer. */
export function ensureNewNeovim() {
  return ensureNewer({
    release: 'forky',
    packageName: 'neovim',
    names: ['nvim'],
    version: /^NVIM v(0\.1[1-9]|0\.[2-9]\d|[1-9])/,
    binary: 'usr/bin/nvim',
    runtime: ['VIMRUNTIME', 'usr/share/nvim/runtime'],
  });
}
