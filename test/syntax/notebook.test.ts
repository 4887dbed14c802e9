import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Analysis, analyze } from '../../src-core/index.ts';
import { magicViews } from '../../src-core/syntax/magics.ts';
import { readNotebook } from '../../src-core/syntax/notebook.ts';
import { applyEdits } from '../../src-core/text/edit.ts';

const COMMAND =
  '!swift sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype float16 --attn_impl eager \\\n' +
  '  --learning_rate {lr} --dataset "x é\\"y.json"\n';
const ARGS = "from trl import SFTConfig\nargs = SFTConfig(output_dir='x', fp16=True, bf16=True)";

function notebook(cells: readonly (string | readonly string[])[], type = 'code'): string {
  const all = cells.map((source) => ({ cell_type: type, metadata: {}, outputs: [], source }));
  return JSON.stringify({ cells: all, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1);
}

const file = (text: string) => ({ path: 'a.ipynb', language: 'json' as const, text });
const check = (text: string): Analysis => analyze({ file: file(text), settings: {} });

function rulesOf({ findings }: Analysis): readonly string[] {
  return findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
}

describe('a notebook', () => {
  const text = notebook([
    COMMAND.split(/(?<=\n)/),
    ['# **Notes**\n', 'lr = 1e-4'],
    ARGS,
    ['%%bash\n', 'export A=1\n', 'swift sft --model Qwen/Qwen2.5-0.5B --dataset x --bogus 1'],
  ]).replaceAll('é', '\\u00e9');

  it('is read cell by cell, its findings lie where the file has them', () => {
    const analysis = check(text);
    assert.deepEqual(rulesOf(analysis), ['fp16-overflows-model', 'fp16-and-bf16']);
    const shown = analysis.findings.map(({ span }) => text.slice(span.start, span.end));
    assert.deepEqual(shown, ['float16', 'True', '--bogus']);
  });

  it('ends the last word of a cell with the cell', () => {
    const last = '!swift sft --model Qwen/Qwen2.5-0.5B --dataset x.json --bf16 true';
    const { findings } = check(notebook([last, ['x = 1']]));
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      [],
    );
    const { findings: typo } = check(notebook([`${last}e`]));
    assert.deepEqual(
      typo.map(({ rule, message }) => `${rule} ${message}`),
      ['wrong-type `bf16` takes true or false, not `truee`'],
    );
  });

  it('knows the place of every character', () => {
    const found = readNotebook(file(text));
    assert.ok(found !== undefined);
    const chars = [...found.code.text].map((_, at) => {
      const { start, end } = found.toFile({ start: at, end: at + 1 });
      return start === end ? '' : JSON.parse(`"${text.slice(start, end)}"`);
    });
    const code = chars.join('');
    assert.equal(code, found.code.text.replaceAll('\f\n', ''));
    assert.ok(code.includes('"x é\\"y.json"'));
  });

  it('stays a notebook when its fixes are applied, and the findings are gone', () => {
    let now = text;
    for (let round = 0; round < 5; round++) {
      const fix = check(now).findings.find(({ fixes }) => fixes.length > 0)?.fixes[0];
      if (fix === undefined) break;
      now = applyEdits(now, fix.files[0]?.edits ?? []);
      JSON.parse(now);
    }
    assert.deepEqual(rulesOf(check(now)), []);
    assert.equal(JSON.parse(now).cells[1].source.join(''), '# **Notes**\nlr = 1e-4');
    assert.match(JSON.parse(now).cells[0].source.join(''), /--learning_rate \{lr\}/);
  });

  it('writes files: a config for a command, a program, a script', () => {
    const yaml = [
      '%%writefile out/lora.yaml\n',
      'stage: sft\nmodel_name_or_path: Qwen/Qwen2.5-0.5B\ndo_train: true\ntemplate: qwen\n',
      'dataset: identity\noutput_dir: out\nfinetuning_type: lora\nlora_rnak: 8',
    ];
    const shell =
      '%%writefile run.sh\nswift sft --model Qwen/Qwen2.5-0.5B --dataset x --lora_rnk 1';
    const cells = [yaml, ['!llamafactory-cli train out/lora.yaml'], `%%file a.py\n${ARGS}`, shell];
    const text = notebook(cells);
    const found = check(text);
    assert.deepEqual(
      found.findings.map(({ span, file }) => `${file} ${text.slice(span.start, span.end)}`),
      ['a.ipynb lora_rnak', 'a.ipynb True', 'a.ipynb --lora_rnk'],
    );
    assert.equal(found.runs.length, 3);
    assert.ok(!found.wanted.includes('out/lora.yaml'));
    const joined = notebook([yaml, ['%%writefile -a out/lora.yaml\nbf16: true']]);
    assert.deepEqual(check(joined).findings, []);
  });

  it('has nothing to say of text cells, of other JSON and of broken files', () => {
    assert.deepEqual(check(notebook([COMMAND], 'markdown')).findings, []);
    for (const broken of ['', '{', '[]', '{"cells": 3}', '{"cells": [1, {"source": [2]}]}'])
      assert.deepEqual(check(broken).findings, [], broken);
    assert.equal(check(text.slice(0, text.indexOf('lr = 1e-4'))).findings.length > 0, true);
  });
});

describe('a cell in an editor', () => {
  it('may be Python with commands in it', () => {
    const text = `${ARGS}\n  ${COMMAND}`;
    const cell = { path: 'cell.py', language: 'python' as const, text };
    const analysis = analyze({ file: cell, settings: {} });
    assert.deepEqual(rulesOf(analysis), ['fp16-and-bf16', 'fp16-overflows-model']);
    for (const { fixes } of analysis.findings)
      for (const { files } of fixes)
        for (const { edits } of files)
          for (const edit of edits) assert.doesNotMatch(edit.text, /__/);
  });

  it('keeps the length and the lines of both views', () => {
    const text = `a = 1\r\n${COMMAND}%time f(!x)\nif a != 2:\n  %%no\n\f\n%%bash\nls {x}\n\f\n%%html\n<b>`;
    const { python, shell = '' } = magicViews(text);
    for (const view of [python, shell]) {
      assert.equal(view.length, text.length);
      assert.deepEqual(view.match(/[\r\n]/g), text.match(/[\r\n]/g));
    }
    assert.doesNotMatch(shell, /\f/);
    assert.match(python, /if a != 2:/);
    assert.doesNotMatch(python.replace(/#.*/g, ''), /swift|learning_rate|ls|<b>/);
    assert.match(shell, /^ {5}\r\n swift sft .*\n {2}--learning_rate \$___ /);
    assert.doesNotMatch(shell, /a = 1|time|<b>/);
    assert.equal(magicViews('a = b != c\n').shell, undefined);
  });
});
