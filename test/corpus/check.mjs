// Runs TuneLint's core over an extracted corpus and writes what it says.
// Usage: node check.mjs FILES MANIFEST [--kind swift-sh,...] [--jobs N] [--gpu NAME] [--gpus N]
//          [--report DIR] [--markdown FILE]
// DIR gets findings.tsv, errors.tsv, files.tsv and known-mistakes.tsv; FILE, a page with markers, gets the counts.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildCore } from './bundle.mjs';
import { knownMistakes } from './known-mistakes.mjs';
import { readManifest } from './manifest.mjs';
import { markdown, withCounts } from './page.mjs';
import { checkAll } from './pool.mjs';
import { table } from './table.mjs';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kind: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    gpu: { type: 'string' },
    gpus: { type: 'string' },
    report: { type: 'string' },
    markdown: { type: 'string' },
  },
});
const [files, manifest] = positionals;
if (manifest === undefined) {
  console.error('usage: node check.mjs FILES MANIFEST [--kind K,...] [--jobs N] [--report DIR]');
  process.exit(2);
}

const kinds = flags.kind?.split(',');
const isWanted = (row) =>
  kinds?.some((k) => row.kind === k || row.kind.startsWith(`${k}-`)) ?? true;
const rows = readManifest(manifest).filter(isWanted);
const settings = {
  ...(flags.gpu === undefined ? {} : { gpu: flags.gpu }),
  ...(flags.gpus === undefined ? {} : { gpus: Number(flags.gpus) }),
};
const core = join(tmpdir(), `tunelint-core-${process.pid}.cjs`);
await buildCore(core);
const results = await checkAll(rows, { core, files: resolve(files), settings }, Number(flags.jobs));
rmSync(core, { force: true });

const report = flags.report ?? join(files, '..', 'report');
mkdirSync(report, { recursive: true });
writeFileSync(join(report, 'files.tsv'), filesTable(results));
writeFileSync(
  join(report, 'findings.tsv'),
  findingsTable(results, () => true),
);
writeFileSync(
  join(report, 'errors.tsv'),
  findingsTable(results, (finding) => finding.severity === 'error'),
);
const mistakes = knownMistakes(join(dirname(fileURLToPath(import.meta.url)), 'known-mistakes.tsv'));
const judged = mistakes.judge(results);
writeFileSync(join(report, 'known-mistakes.tsv'), table(...mistakes.rows(judged)));
const page = markdown(results, judged, new Date());
if (flags.markdown !== undefined) {
  writeFileSync(flags.markdown, withCounts(readFileSync(flags.markdown, 'utf8'), page));
}
console.log(page);

function filesTable(checked) {
  return table(
    ['kind', 'file', 'framework', 'ms', 'model', 'known', 'outcome'],
    checked.map(({ row, ms, framework, models, outcome }) => [
      row.kind,
      row.file,
      framework,
      Math.round(ms),
      models.map((model) => model.text).join(' '),
      models.map((model) => (model.known ? 'yes' : 'no')).join(' '),
      outcome,
    ]),
  );
}

function findingsTable(checked, keep) {
  return table(
    ['kind', 'origin', 'file', 'line', 'severity', 'rule', 'message', 'text'],
    checked.flatMap(({ row, findings }) =>
      findings
        .filter(keep)
        .map((f) => [
          row.kind,
          row.origin,
          row.file,
          f.line,
          f.severity,
          f.rule,
          f.message,
          f.text,
        ]),
    ),
  );
}
