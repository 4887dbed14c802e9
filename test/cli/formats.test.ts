import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { githubReport } from '../../server/report/github.ts';
import { prettyReport } from '../../server/report/pretty.ts';
import type { Report } from '../../server/report/report.ts';
import { toUri } from '../../server/report/sarif.ts';
import { styleOf } from '../../server/report/style.ts';
import { displayWidth } from '../../server/report/width.ts';
import type { Finding } from '../../src-core/finding.ts';
import { rules } from '../../src-core/index.ts';
import { everyFile } from '../harness/every-file.ts';
import { root } from '../harness/suite.ts';
import { BAD, folderWith, GOOD, tunelint } from './terminal.ts';

const schema = JSON.parse(readFileSync(path.join(root, 'docs/json-output.schema.json'), 'utf8'));
const isValid = new Ajv({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
}).compile(schema);

function assertValid(data: unknown): void {
  assert.ok(isValid(data), JSON.stringify(isValid.errors, null, 2));
}

describe('json', () => {
  test('fits its schema for every file there is', async (t) => {
    const files = everyFile();
    const cwd = folderWith(t, files);
    const done = await tunelint(['check', '.', '--format', 'json', '--gpu', 'RTX 4090'], { cwd });
    const shown = JSON.parse(done.out);
    assertValid(shown);
    assert.ok(shown.files.length > 5);
    assert.notEqual(done.code, 2, done.err);
    for (const file of shown.files) checkPlaces(file, files[file.path] ?? '');
  });

  test('fits it for a command behind --', async () => {
    const argv = ['check', '--format', 'json', '--', 'swift', 'sft', '--model', 'Qwen/Qwen2.5-7B'];
    const shown = JSON.parse((await tunelint(argv)).out);
    assertValid(shown);
    assert.match(shown.files[0].text, /^swift sft/);
  });

  test('is refused by the schema where it is wrong', () => {
    assert.equal(isValid({ version: 2, files: [] }), false);
    assert.equal(isValid({ version: 1, files: [{ path: 'x' }] }), false);
  });

  test('lists every run of a file with several', async () => {
    const argv = ['check', '--stdin-filename', 'a.sh', '--format', 'json'];
    const shown = JSON.parse((await tunelint(argv, { stdin: BAD + GOOD })).out);
    assertValid(shown);
    const [file] = shown.files;
    assert.equal(file.runs.length, 2);
    assert.deepEqual(file.runs[0].run, file.run);
    assert.deepEqual(
      file.runs.map((one: { run: { fields: { precision: { value: string } } } }) => {
        return one.run.fields.precision.value;
      }),
      ['fp16', 'bf16'],
    );
  });

  test('also of estimate and probe', async () => {
    const around = { stdin: GOOD };
    const of = async (command: string) => {
      const argv = [command, '--stdin-filename', 'a.sh', '--format', 'json'];
      return JSON.parse((await tunelint(argv, around)).out).runs[0];
    };
    const estimate = (await of('estimate')).estimate;
    assert.ok(estimate.device.expected > 14e9, 'a 7B model in 16 bit takes more than 14 GB');
    assert.ok(estimate.device.low <= estimate.device.expected);
    assert.equal((await of('probe')).probe.format, 'bf16');
  });
});

interface Placed {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** Lines and columns say the same as offsets, and edits lie in the text. */
function checkPlaces(
  file: {
    readonly path: string;
    readonly findings: readonly {
      readonly start: Placed;
      readonly end: Placed;
      readonly fixes: readonly {
        readonly edits: readonly { path?: string; start: number; end: number }[];
      }[];
    }[];
  },
  text: string,
): void {
  const lines = text.split('\n');
  for (const { start, end, fixes } of file.findings) {
    for (const { line, column, offset } of [start, end]) {
      const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      assert.equal(before + column - 1, offset, file.path);
    }
    for (const edit of fixes.flatMap((fix) => fix.edits))
      if (edit.path === undefined)
        assert.ok(0 <= edit.start && edit.start <= edit.end && edit.end <= text.length, file.path);
  }
}

describe('sarif', () => {
  test('names the tool, its rules and every place', async () => {
    const argv = ['check', '--stdin-filename', 'my train.sh', '--format', 'sarif'];
    const log = JSON.parse((await tunelint(argv, { stdin: BAD })).out);
    assert.equal(log.version, '2.1.0');
    const [run] = log.runs;
    const { driver } = run.tool;
    assert.equal(driver.name, 'TuneLint');
    assert.deepEqual(
      driver.rules.map((rule: { id: string }) => rule.id),
      rules.map((rule) => rule.id),
    );
    const result = run.results.find((one: { level: string }) => one.level === 'error');
    assert.equal(driver.rules[result.ruleIndex].id, result.ruleId);
    const { artifactLocation, region } = result.locations[0].physicalLocation;
    assert.equal(artifactLocation.uri, 'my%20train.sh');
    assert.deepEqual(region, { startLine: 5, startColumn: 17, endLine: 5, endColumn: 24 });
    const replacements = result.fixes.flatMap((fix: { artifactChanges: unknown[] }) =>
      fix.artifactChanges.flatMap((change) => Object(change).replacements),
    );
    assert.ok(
      replacements.some(
        (one: { insertedContent?: { text: string } }) => one.insertedContent?.text === 'bfloat16',
      ),
    );
    for (const one of run.results) {
      assert.ok(['error', 'warning', 'note'].includes(one.level));
      assert.ok(one.message.text.length > 0);
      for (const place of one.relatedLocations ?? []) assert.ok(place.message.text.length > 0);
    }
  });

  test('writes paths as URIs', () => {
    assert.equal(toUri('a b/ü.sh'), 'a%20b/%C3%BC.sh');
    assert.equal(toUri('/tmp/a.sh'), 'file:///tmp/a.sh');
    assert.equal(toUri('C:/x y/a.sh'), 'file:///C:/x%20y/a.sh');
  });
});

/** A report with one finding about the word `float16` of `text`. */
function reportOf(path: string, text: string, finding: Partial<Finding> = {}): Report {
  const start = Math.max(0, text.indexOf('float16'));
  const one: Finding = {
    rule: 'some-rule',
    severity: 'error',
    claim: 'measured',
    message: 'it overflows',
    file: path,
    span: { start, end: start + 7 },
    related: [],
    fixes: [],
    cites: [],
    ...finding,
  };
  const file = { path, text, bom: 0 as const, framework: 'swift', findings: [one], runs: [] };
  return { files: [file], sources: new Map([[path, file]]), crashes: [] };
}

describe('github', () => {
  test('escapes what its commands are made of', () => {
    const report = reportOf('a,b:c%.sh', 'float16', { message: '50% over:\nno, really' });
    assert.equal(
      githubReport(report),
      '::error file=a%2Cb%3Ac%25.sh,line=1,endLine=1,col=1,endColumn=8,' +
        'title=tunelint some-rule::50%25 over:%0Ano, really\n',
    );
  });

  test('calls mild findings notices', () => {
    assert.match(githubReport(reportOf('a', 'float16', { severity: 'hint' })), /^::notice /);
    assert.match(githubReport(reportOf('a', 'float16', { severity: 'warning' })), /^::warning /);
  });
});

describe('pretty', () => {
  const plain = styleOf({ color: false, columns: 80 });
  const carets = (text: string): { code: string; mark: string } => {
    const lines = prettyReport(reportOf('a.sh', text), plain).split('\n');
    const at = lines.findIndex((line) => /│ *\^+$/.test(line));
    return { code: lines[at - 1] ?? '', mark: lines[at] ?? '' };
  };
  const marked = (text: string): string => {
    const { code, mark } = carets(text);
    const from = displayWidth(mark.slice(0, mark.indexOf('^')));
    let width = 0;
    let out = '';
    for (const char of code) {
      if (width >= from && width < from + 7) out += char;
      width += displayWidth(char);
    }
    return out;
  };

  test('underlines the right columns', () => {
    assert.equal(marked('swift sft --torch_dtype float16'), 'float16');
    assert.equal(marked('\tswift\t--torch_dtype float16 x'), 'float16');
    assert.equal(marked('# 精度\n--数据集 训练 --torch_dtype float16'), 'float16');
    assert.equal(marked(`e\u0301 \u{1f600} float16`), 'float16');
    assert.equal(marked(`${'long '.repeat(500)}float16${' tail'.repeat(500)}`), 'float16');
    assert.equal(marked(`{${'"k": 1, '.repeat(5000)}"float16": 1}`), 'float16');
  });

  test('stays within the terminal', () => {
    for (const columns of [40, 60, 100]) {
      const style = styleOf({ color: false, columns });
      const text = `swift ${'--flag value '.repeat(40)} float16 ${'--more 精度 '.repeat(40)}`;
      const message = 'words of a long message '.repeat(10).trim();
      const span = { start: 6, end: 12 };
      const related = [
        { file: 'a.sh', span, message },
        { file: 'b.sh', span, message },
      ];
      const cites = [{ label: message, url: 'https://example.org' }];
      const widest = Math.max(
        ...prettyReport(reportOf('a.sh', text, { message, related, cites }), style)
          .split('\n')
          .map(displayWidth),
      );
      assert.ok(widest <= columns, `${widest} columns of ${columns}`);
    }
  });

  test('lets no control character through', () => {
    const report = reportOf('a.sh', '\u001b[2J float16 \u0007');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    assert.doesNotMatch(prettyReport(report, plain), /[\u0000-\u0009\u000b-\u001f]/);
  });

  test('colours a terminal only, and not against the user', async () => {
    const colored = async (env: Record<string, string>, columns?: number, ...flags: string[]) => {
      const argv = ['check', '--stdin-filename', 'a.sh', ...flags];
      const around = columns === undefined ? { stdin: BAD, env } : { stdin: BAD, env, columns };
      return (await tunelint(argv, around)).out.includes('\u001b[');
    };
    assert.equal(await colored({}, 80), true);
    assert.equal(await colored({}), false);
    assert.equal(await colored({ NO_COLOR: '1' }, 80), false);
    assert.equal(await colored({ NO_COLOR: '' }, 80), true);
    assert.equal(await colored({ TERM: 'dumb' }, 80), false);
    assert.equal(await colored({ FORCE_COLOR: '1' }), true);
    assert.equal(await colored({}, 80, '--no-color'), false);
  });

  test('draws in ASCII where the locale has no more', async () => {
    const argv = ['check', '--stdin-filename', 'a.sh', '--gpu', 'RTX 4090D'];
    const done = await tunelint(argv, { stdin: GOOD, env: { LC_ALL: 'C' } });
    assert.match(done.out, /^[\n -~]*$/);
    assert.match(done.out, /#+\.+/);
  });

  test('shows the evidence, the fix as a diff, and the run with its memory', async () => {
    const argv = ['check', '--stdin-filename', 'train.sh', '--gpu', 'RTX 4090D'];
    const { out } = await tunelint(argv, { stdin: BAD });
    assert.match(out, /╭─ train\.sh:5:17 \[fp16-overflows-model\]/);
    assert.match(out, /\n {4}= (reported|measured): \S/);
    // In the order of the finding, as in an editor's menu.
    assert.match(out, /= fix: Use sdpa.*\+ --attn_impl sdpa.*= or: Train in bf.*--fix-unsafe/s);
    assert.match(out, /Qwen2\.5-7B-Instruct · LoRA r8 · fp16 .* RTX 4090 D/);
    assert.match(out, /\n {2}weights +\d+\.\d GiB/);
    assert.match(out, /\n {2}total +\d+\.\d GiB/);
    assert.match(out, /1 error.* in 1 file; --fix-unsafe mends \d/);
  });

  test('names the smallest card where none is given', async () => {
    const done = await tunelint(['check', '--stdin-filename', 'train.sh'], { stdin: GOOD });
    assert.match(done.out, /smallest card that fits: \S.*GB\b/);
  });

  test('of many files keeps to those with findings', async (t) => {
    const cwd = folderWith(t, { 'bad.sh': BAD, 'good.sh': GOOD.replace(/.*attn_impl.*\n/, '') });
    const { out } = await tunelint(['check', '.', '--quiet'], { cwd });
    assert.match(out, /bad\.sh/);
    assert.doesNotMatch(out, /good\.sh|GiB/);
    assert.equal((await tunelint(['check', 'good.sh', '--quiet'], { cwd })).out, '');
  });

  test('of a run among many has one line of memory, within the width of the terminal', async (t) => {
    const cwd = folderWith(t, { 'a.sh': BAD, 'b.sh': BAD });
    const argv = ['check', '.', '--gpu', 'RTX 4090D', '--no-color'];
    const { out } = await tunelint(argv, { cwd, columns: 60 });
    assert.equal(out.match(/^ {2}memory: \d+\.\d GiB of 24\.0 GiB \(.* to .* GiB\)$/gm)?.length, 2);
    for (const line of out.split('\n')) assert.ok(line.length <= 60 || line.includes('<'), line);
  });
});
