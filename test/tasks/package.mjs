// npm run package: makes tunelint.vsix, and checks what is in it and how large it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAll } from '../../esbuild.mjs';
import { packageReadme } from './package-readme.mjs';
import { RECOMPRESSORS, recompress } from './recompress.mjs';

const VSCE = '3.9.2';
const MAX_BYTES = 1_000_000;
const root = fileURLToPath(new URL('../../', import.meta.url));
const tools = path.join(root, '.vscode-test/vsce');
const target = path.join(root, 'tunelint.vsix');
const readme = 'dist/readme.md';

/** What may be in the package; anything else is a mistake. */
const ALLOWED = [
  /^(package\.json|dist\/readme\.md|changelog\.md|LICENSE(\.txt)?)$/i,
  /^dist\/(client|server|server\.core|panel)\.(js|css)$/,
  /^dist\/tables\.txt$/,
  /^dist\/rules\.json$/,
  /^syntaxes\/[\w-]+\.tmLanguage\.json$/,
  /^client\/icon\.png$/,
  /^client\/snippets\/\w+\.json$/,
  /^client\/walkthrough\/\w+(\.nls\.[\w-]+)?\.md$/,
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
  if (existsSync(bin) && existsSync(path.join(tools, 'node_modules/@zip.js'))) return bin;
  mkdirSync(tools, { recursive: true });
  writeFileSync(path.join(tools, 'package.json'), '{"private":true}\n');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  run('npm', ['install', ...quiet, `@vscode/vsce@${VSCE}`, ...RECOMPRESSORS], { cwd: tools });
  return bin;
}

/** Throws when a bundle was made for debugging: its map would name the sources of others. */
function refuseMaps(files) {
  const mapped = files.filter(
    (file) => file.endsWith('.js') && /sourceMappingURL=/.test(readFileSync(path.join(root, file))),
  );
  if (mapped.length > 0) throw new Error(`made for debugging: ${mapped.join(', ')}`);
}

/** What the packager would take; throws when something in it should not be. */
function listed(bin) {
  const output = run(process.execPath, [bin, 'ls', '--no-dependencies', '--readme-path', readme], {
    cwd: root,
  });
  const files = output.trim().split('\n');
  const strange = files.filter((file) => !ALLOWED.some((rule) => rule.test(file)));
  if (strange.length > 0) throw new Error(`not meant to be packed: ${strange.join(', ')}`);
  refuseMaps(files);
  return files;
}

/** Builds what ships, makes the package and gives its path. */
export async function makePackage() {
  await buildAll();
  const bin = vsce();
  const text = readFileSync(path.join(root, 'README.md'), 'utf8');
  writeFileSync(path.join(root, readme), packageReadme(text));
  const files = listed(bin);
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const args = [bin, 'package', ...flags, '--readme-path', readme, '--out', target];
  run(process.execPath, args, { cwd: root });
  await recompress(target, tools);
  const { size } = statSync(target);
  console.log(`tunelint.vsix: ${files.length} files, ${size.toLocaleString('en')} bytes`);
  if (size > MAX_BYTES) throw new Error('the package is larger than 1 MB');
  return target;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makePackage();
