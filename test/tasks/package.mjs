// npm run package: makes tunelint.vsix, and checks what is in it and how large it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const VSCE = '3.9.2';
const MAX_BYTES = 1_000_000;
const root = fileURLToPath(new URL('../../', import.meta.url));
const tools = path.join(root, '.vscode-test/vsce');
const target = path.join(root, 'tunelint.vsix');

/** What may be in the package; anything else is a mistake. */
const ALLOWED = [
  /^(package\.json|readme\.md|changelog\.md|LICENSE(\.txt)?)$/i,
  /^dist\/(client|server|server\.core|panel)\.(js|css)$/,
  /^dist\/rules\/[\w-]+\.md$/,
  /^syntaxes\/[\w-]+\.tmLanguage\.json$/,
  /^client\/snippets\/\w+\.json$/,
  /^client\/walkthrough\/\w+\.md$/,
  /^docs\/editor\.png$/,
  /^package\.nls(\.[\w-]+)?\.json$/,
  /^l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
];

function run(command, args, options) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')}\n${done.stdout}${done.stderr}`);
}

/** The packager, in a git-ignored folder: the project itself does not depend on it. */
function vsce() {
  const bin = path.join(tools, 'node_modules/@vscode/vsce/vsce');
  if (existsSync(bin)) return bin;
  mkdirSync(tools, { recursive: true });
  writeFileSync(path.join(tools, 'package.json'), '{"private":true}\n');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  run('npm', ['install', ...quiet, `@vscode/vsce@${VSCE}`], { cwd: tools });
  return bin;
}

/** Makes the package and gives its path; throws when something in it should not be. */
export function makePackage() {
  const bin = vsce();
  const files = run(process.execPath, [bin, 'ls', '--no-dependencies'], { cwd: root });
  const strange = files
    .trim()
    .split('\n')
    .filter((file) => !ALLOWED.some((rule) => rule.test(file)));
  if (strange.length > 0) throw new Error(`not meant to be packed: ${strange.join(', ')}`);
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  run(process.execPath, [bin, 'package', ...flags, '--out', target], { cwd: root });
  const { size } = statSync(target);
  console.log(
    `tunelint.vsix: ${files.trim().split('\n').length} files, ${(size / 1024).toFixed(0)} KiB`,
  );
  if (size > MAX_BYTES) throw new Error('the package is larger than 1 MB');
  return target;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) makePackage();
