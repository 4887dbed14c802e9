import { readFileSync } from 'node:fs';
import { groupBy } from './manifest.mjs';

/** Files in which no training is launched or configured, each read by a person: file to reason. */
const APART = new Map(
  readFileSync(new URL('./no-launch.tsv', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')),
);

/** Adapter ids that count as recognised, by the first word of the kind. */
const EXPECTED = {
  swift: ['swift', 'ms-swift', 'swift-megatron'],
  llamafactory: ['llamafactory'],
  axolotl: ['axolotl'],
  torchtune: ['torchtune'],
  // A script named by a variable is known by its launcher alone.
  trl: ['trl', 'transformers', 'accelerate'],
  // A script built on transformers may be one of the frameworks that are built on it.
  hf: [
    ...['transformers', 'trl', 'accelerate', 'peft', 'unsloth', 'deepspeed', 'swift'],
    ...['llamafactory'],
  ],
  unsloth: ['unsloth', 'trl', 'transformers', 'peft'],
  deepspeed: ['deepspeed'],
  accelerate: ['accelerate'],
  litgpt: ['litgpt'],
  openrlhf: ['openrlhf'],
  openinstruct: ['transformers', 'trl'],
  verl: ['verl'],
  xtuner: ['xtuner'],
};

/** Whether a file was taken for what its kind says. */
export function isRecognized({ row, framework }) {
  const wanted = EXPECTED[row.kind.split('-')[0]];
  return framework !== null && (wanted?.includes(framework) ?? true);
}

const START = '<!-- counts -->';
const END = '<!-- end of counts -->';

/** The counts of a run in Markdown: no text of the files, only kinds and rule names. */
export function markdown(results, judged, date) {
  return [
    `Counts of ${date.toISOString().slice(0, 10)}, over ${results.length} files:`,
    '',
    ...kindTable(results),
    '',
    ...apartTable(results),
    '',
    ...ruleTable(results),
    '',
    mistakesLine(judged),
  ].join('\n');
}

/** Puts the counts between the markers of a page. */
export function withCounts(page, counts) {
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`the page lacks ${START} and ${END}`);
  return `${before}${START}\n\n${counts}\n\n${END}${after}`;
}

function kindTable(results) {
  const head = ['kind', 'files', 'apart', 'recognised', 'hub ids', 'known', 'errors'];
  const more = ['warnings', 'crashes', 'slow', 'ms median', 'ms highest'];
  const groups = [...groupBy(results, (r) => r.row.kind)].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = groups.map(([kind, group]) => kindRow(kind, group));
  return pipes([[...head, ...more], ...rows, kindRow('all', results)]);
}

/** Not recognised, and rightly so. */
function isApart(result) {
  return !isRecognized(result) && APART.has(result.row.file);
}

function apartTable(results) {
  const groups = [...groupBy(results.filter(isApart), (r) => APART.get(r.row.file))];
  const rows = groups
    .map(([why, group]) => [
      why,
      group.length,
      [...new Set(group.map((r) => r.row.kind))].join(', '),
    ])
    .sort((a, b) => b[1] - a[1]);
  return pipes([['apart, because it is', 'files', 'kinds'], ...rows]);
}

function kindRow(kind, group) {
  const models = group.flatMap((r) => r.models).filter(({ text }) => isHubId(text));
  const times = group.map((r) => r.ms).sort((a, b) => a - b);
  const severity = (name) =>
    group.flatMap((r) => r.findings).filter((f) => f.severity === name).length;
  return [
    kind,
    group.length,
    group.filter(isApart).length,
    group.filter(isRecognized).length,
    models.length,
    models.filter((model) => model.known).length,
    severity('error'),
    severity('warning'),
    group.filter((r) => r.outcome.startsWith('crash')).length,
    group.filter((r) => r.outcome === 'slow' || r.outcome === 'hang').length,
    (times[times.length >> 1] ?? 0).toFixed(1),
    Math.round(times.at(-1) ?? 0),
  ];
}

function mistakesLine(judged) {
  const found = judged.filter((mistake) => mistake.said.length > 0).length;
  return `Of ${judged.length} mistakes confirmed by reading the frameworks, ${found} are reported.`;
}

/** `owner/name`, as a hub has it: no path of a disk, no placeholder. */
function isHubId(text) {
  const [owner, ...rest] = text.split('/');
  if (!/^[\w.-]+\/[\w.-]+$/.test(text) || rest[0].startsWith('checkpoint')) return false;
  return !/^(?:\.{1,2}|outputs?|saves?|models?|checkpoints?|results?|data|path|your?_?.*)$/i.test(
    owner,
  );
}

function ruleTable(results) {
  const findings = results.flatMap((r) => r.findings.map((f) => ({ ...f, file: r.row.file })));
  const groups = [...groupBy(findings, (f) => `${f.rule}\t${f.severity}`)];
  const rows = groups
    .map(([key, group]) => [
      ...key.split('\t'),
      group.length,
      new Set(group.map((f) => f.file)).size,
    ])
    .sort((a, b) => b[2] - a[2]);
  return pipes([['rule', 'severity', 'findings', 'files'], ...rows]);
}

function pipes([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
