// Makes a clone ready to run: installs what package-lock.json names and builds dist/, each only
// when it is missing or out of date. Needs nothing but Node and npm, and says nothing when all is well.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const SOURCES = ['src-core', 'server', 'client', 'esbuild.mjs', 'package-lock.json'];
const STAMP = path.join(root, 'dist/.built');

function packages(lockFile) {
  try {
    return JSON.parse(readFileSync(path.join(root, lockFile), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether every package of the lock file is installed in its version (other platforms' are not). */
function isInstalled() {
  const wanted = packages('package-lock.json');
  const have = packages('node_modules/.package-lock.json');
  if (wanted === undefined || have === undefined) return false;
  return Object.entries(wanted).every(
    ([name, { version, optional }]) =>
      name === '' || have[name]?.version === version || (optional && have[name] === undefined),
  );
}

/** The time of the newest change of a file or of anything in a folder, in ms; 0 when it is missing. */
function newest(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(file).map((name) => newest(path.join(file, name)));
  return Math.max(stat.mtimeMs, ...inside);
}

function isBuilt() {
  if (!existsSync(STAMP)) return false;
  const built = Number(readFileSync(STAMP, 'utf8'));
  return SOURCES.every((source) => newest(path.join(root, source)) <= built);
}

/**
 * The environment without the settings of an npm that runs us: an installation from git sets
 * `global` and `prefix`, which are not meant for this folder. `prepare` is not run a second time.
 */
function ownEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_config_(global|prefix|omit|only|production|dry_run)$/i.test(name),
  );
  return { ...Object.fromEntries(kept), NODE_ENV: '', TUNELINT_SETUP: '1' };
}

function step(what, command, ...args) {
  console.error(what);
  const quiet = ['ignore', 'pipe', 'inherit'];
  const done = spawnSync(command, args, {
    cwd: root,
    env: ownEnvironment(),
    stdio: quiet,
    shell: process.platform === 'win32',
  });
  if (done.status === 0) return;
  process.stderr.write(done.stdout ?? '');
  process.exit(done.status ?? 1);
}

if (process.env.TUNELINT_SETUP !== undefined) process.exit(0);
if (!isInstalled()) {
  step('Installing the packages of package-lock.json ...', 'npm', 'ci', '--no-audit', '--no-fund');
}
if (!isBuilt()) {
  const started = Date.now();
  step('Building ...', process.execPath, path.join(root, 'esbuild.mjs'));
  writeFileSync(STAMP, String(started));
}
