// Writes the files that a corpus manifest names, from git copies of their repositories.
// Usage: node extract.mjs MANIFEST REPOSITORIES OUT
// REPOSITORIES holds one git directory per repository, OWNER+NAME/repo (or OWNER+NAME).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fencedBlock, notebookText } from './cut.mjs';
import { groupBy, readManifest } from './manifest.mjs';

const [manifestPath, repositories, out] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node extract.mjs MANIFEST REPOSITORIES OUT');
  process.exit(2);
}

const rows = readManifest(manifestPath);
const tally = new Map();
const notes = [];
for (const [repo, group] of groupBy(rows, (row) => row.repo)) extractRepository(repo, group);
report();

function extractRepository(repo, group) {
  const folder = join(repositories, repo.replace('/', '+'));
  const git = [join(folder, 'repo'), folder].find((path) => existsSync(join(path, 'HEAD')));
  if (git === undefined) notes.push(`${repo}: no git directory (${group.length} files)`);
  const texts = git === undefined ? group.map(() => undefined) : readBlobs(git, group);
  for (const [i, row] of group.entries()) count(row, write(row, texts[i]));
}

/** The blobs of the rows, in their order, each at its commit or at the newest one that has it. */
function readBlobs(git, group) {
  const texts = catFile(
    git,
    group.map((row) => `${row.commit}:${row.path}`),
  );
  for (const [i, row] of group.entries()) {
    if (texts[i] !== undefined) continue;
    const other = newestWith(git, row.path);
    texts[i] = other === undefined ? undefined : catFile(git, [`${other}:${row.path}`])[0];
    const where = texts[i] === undefined ? 'absent' : `taken from ${other.slice(0, 12)}`;
    notes.push(`${row.repo} ${row.commit.slice(0, 12)}:${row.path}: ${where}`);
  }
  return texts;
}

function newestWith(git, path) {
  const args = ['log', '--all', '--diff-filter=AM', '-1', '--format=%H', '--', path];
  return run(git, args, '').toString('utf8').trim() || undefined;
}

/** Reads objects by name in one git process. An object that is absent gives undefined. */
function catFile(git, names) {
  const bytes = run(git, ['cat-file', '--batch'], `${names.join('\n')}\n`);
  let at = 0;
  return names.map(() => {
    const end = bytes.indexOf(10, at);
    const size = /^\S+ blob (\d+)$/.exec(bytes.toString('utf8', at, end))?.[1];
    at = end + 1;
    if (size === undefined) return undefined;
    const text = bytes.toString('utf8', at, at + Number(size));
    at += Number(size) + 1;
    return text;
  });
}

function run(git, args, input) {
  const options = { input, maxBuffer: 1 << 30, timeout: 120_000 };
  return spawnSync('git', [`--git-dir=${git}`, ...args], options).stdout ?? Buffer.alloc(0);
}

function write(row, text) {
  const cut = text === undefined ? undefined : cutOut(row, text);
  if (cut === undefined) {
    if (text !== undefined) notes.push(`${row.file}: no ${row.source} at ${row.place}`);
    return false;
  }
  const path = join(out, row.file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, cut);
  return true;
}

function cutOut(row, text) {
  if (row.source === 'file') return text;
  if (row.source === 'fence') return fencedBlock(text, row.place);
  const nth = Number(/__(\d+)\.\w+$/.exec(row.file)?.[1] ?? 1);
  return notebookText(text, row.source, row.place, nth);
}

function count(row, written) {
  const entry = tally.get(row.kind) ?? { expected: 0, extracted: 0 };
  entry.expected += 1;
  if (written) entry.extracted += 1;
  tally.set(row.kind, entry);
}

function report() {
  console.log('kind\texpected\textracted');
  for (const [kind, { expected, extracted }] of [...tally].sort()) {
    console.log(`${kind}\t${expected}\t${extracted}`);
  }
  for (const note of notes) console.log(`note: ${note}`);
}
