// Compares the memory estimate with what the authors of public examples state in their comments.
// Usage: node memory.mjs FILES MANIFEST [--gpu NAME]
// A comment such as `# 4 * 22GiB` in the first lines counts: GPUs and the memory each one takes.
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCore } from './bundle.mjs';
import { readManifest } from './manifest.mjs';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { gpu: { type: 'string', default: 'H100 80GB SXM' } },
});
const [files, manifest] = positionals;
if (manifest === undefined) {
  console.error('usage: node memory.mjs FILES MANIFEST [--gpu NAME]');
  process.exit(2);
}
const bundle = join(tmpdir(), `tunelint-core-${process.pid}.cjs`);
await buildCore(bundle);
const core = createRequire(import.meta.url)(bundle);
rmSync(bundle, { force: true });

const GIB = 2 ** 30;
const MEMORY_RULES = new Set(['does-not-fit', 'weights-exceed-gpu']);
const rows = readManifest(manifest).filter((row) => row.kind.startsWith('swift-'));
const compared = rows.flatMap(compare);
console.log('stated GiB\tlow\texpected\thigh\tgpus stated/read\tverdict\tsaid\tfile');
for (const one of compared.sort((a, b) => a.ratio - b.ratio)) console.log(one.line);
const inside = compared.filter((one) => one.verdict === 'inside').length;
console.log(`${compared.length} files, ${inside} stated figures inside the interval`);
const errors = compared.filter((one) => one.said === 'error').length;
console.log(`${errors} memory errors on ${flags.gpu}`);

/** `# 4 * 22GiB`, `# 22GiB * 4`, `# 35GiB`: undefined where a file states several figures. */
function statedMemory(text) {
  const lines = text
    .split('\n')
    .slice(0, 4)
    .filter((line) => line.startsWith('#'));
  const found = lines.flatMap((line) => [
    ...line.matchAll(/(?:(\d+)\s*[*×]\s*)?(\d+(?:\.\d+)?)\s*Gi?B(?:\s*[*×]\s*(\d+))?/g),
  ]);
  if (found.length !== 1) return undefined;
  const [, before, size, after] = found[0];
  return { gpus: Number(before ?? after ?? 1), gib: Number(size) };
}

function compare(row) {
  const text = readFileSync(join(files, row.file), 'utf8');
  const stated = statedMemory(text);
  if (stated === undefined) return [];
  const language = core.languageOf(row.file) ?? 'shell';
  const settings = { gpu: flags.gpu };
  const input = { path: row.file, text, language };
  const { analysis } = core.checkFile(
    input,
    { settings },
    core.readingBy(() => undefined),
  );
  const run = analysis.runs.find((one) => one.trains);
  const estimate = run?.numbers.estimate();
  if (estimate === undefined) return [];
  const said = analysis.findings.find((f) => MEMORY_RULES.has(f.rule))?.severity ?? '-';
  return [line(row, stated, estimate.device, run.run.parallel.worldSize.value, said)];
}

function line(row, stated, device, world, said) {
  const [low, expected, high] = [device.low, device.expected, device.high].map((b) => b / GIB);
  const verdict = stated.gib < low ? 'below' : stated.gib > high ? 'above' : 'inside';
  const numbers = [stated.gib, low, expected, high].map((n) => n.toFixed(1));
  const cells = [...numbers, `${stated.gpus}/${String(world)}`, verdict, said, row.file];
  return { ratio: expected / stated.gib, verdict, said, line: cells.join('\t') };
}
