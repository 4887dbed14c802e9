// Counts which options public configs and scripts write, and puts those that many write in order.
// Usage: tsx test/tasks/often.ts FILES   (an extracted corpus, see docs/corpus.md)
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launcherPlace } from '../../src-core/complete/launcher-place.ts';
import { findKey } from '../../src-core/frameworks/resolve-key.ts';
import { type Analysis, analyze, languageOf } from '../../src-core/index.ts';

/** Fewer files of a kind say nothing of what is usual. */
const FILES = 15;
/** The share of the files of a kind that write an option; flags of a launcher are few, and often none is written. */
const OPTION = 0.2;
const FLAG = 0.01;
/** So many of an owner are kept. */
const MOST = 36;
const target = fileURLToPath(new URL('../../src-core/complete/often.data.json', import.meta.url));

/** Files that have a scope of a framework, or a launcher, and how many of them write an option. */
interface Kind {
  readonly owner: string;
  readonly least: number;
  files: number;
  readonly uses: Map<string, number>;
}
const kinds = new Map<string, Kind>();

function count(owner: string, scope: string, least: number, names: ReadonlySet<string>): void {
  const id = `${owner} ${scope}`;
  const kind = kinds.get(id) ?? { owner, least, files: 0, uses: new Map() };
  kinds.set(id, kind);
  kind.files += 1;
  for (const name of names) kind.uses.set(name, (kind.uses.get(name) ?? 0) + 1);
}

/** The options of each run, by framework and scope. */
function countOptions({ runs }: Analysis): void {
  for (const { recognized, options } of runs) {
    const byScope = new Map<string, Set<string>>();
    for (const { section, resolved } of options.entries) {
      if (resolved.kind !== 'key') continue;
      const names = byScope.get(section.scope.id) ?? new Set();
      byScope.set(section.scope.id, names.add(resolved.spec.name));
    }
    for (const [scope, names] of byScope) count(recognized.adapter.id, scope, OPTION, names);
  }
}

/** The flags between a launcher and what it starts. */
function countFlags(analysis: Analysis): void {
  for (const unit of analysis.document?.units ?? []) {
    if (unit.kind !== 'command') continue;
    const places = unit.words.map(({ span }) => launcherPlace(analysis, span.start));
    const section = places.find((place) => place !== undefined)?.section;
    if (section === undefined) continue;
    const specs = section.entries.map(({ key }) =>
      findKey(section.scope, key.replaceAll('-', '_')),
    );
    const names = specs.flatMap((spec) => (spec === undefined ? [] : [spec.name]));
    count(section.scope.id, '', FLAG, new Set(names));
  }
}

const [root] = process.argv.slice(2);
if (root === undefined) throw new Error('usage: tsx test/tasks/often.ts FILES');
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  const file = path.join(entry.parentPath, entry.name);
  const language = languageOf(file);
  if (!entry.isFile() || language === undefined) continue;
  const text = readFileSync(file, 'utf8');
  const analysis = analyze({
    file: { path: file, text, language },
    settings: {},
    effort: 'typing',
  });
  countOptions(analysis);
  countFlags(analysis);
}

/** The greatest share in any kind of an owner, by name. */
const owners = new Map<string, Map<string, number>>();
for (const { owner, least, files, uses } of kinds.values()) {
  if (files < FILES) continue;
  const shares = owners.get(owner) ?? new Map<string, number>();
  owners.set(owner, shares);
  for (const [name, times] of uses)
    if (times >= files * least) shares.set(name, Math.max(shares.get(name) ?? 0, times / files));
}
const listed = [...owners].map(([owner, shares]) => [
  owner,
  [...shares]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MOST)
    .map(([name]) => name)
    .join(' '),
]);
writeFileSync(target, `${JSON.stringify(Object.fromEntries(listed.sort()), null, 1)}\n`);
console.log(`${listed.length} lists in ${path.relative(process.cwd(), target)}`);
