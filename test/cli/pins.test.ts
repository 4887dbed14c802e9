// Which files pin releases for a file, and from which folder.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { folderWith, tunelint } from './terminal.ts';

/** Transformers had `evaluation_strategy` up to 4.50. */
const OLD =
  'from transformers import TrainingArguments\n' +
  'args = TrainingArguments(output_dir="o", evaluation_strategy="steps")\n';
const PIN = 'transformers==4.40.0\n';

/** The places of the files in which the old name is an error, checked from a folder by these words. */
async function told(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  from = '.',
  ...words: readonly string[]
): Promise<readonly string[]> {
  const root = folderWith(t, files);
  const cwd = path.join(root, from);
  const named = words.map((word) => word.replace('ROOT', root));
  const { out } = await tunelint(['check', '--format', 'json', ...named], { cwd });
  const report: { files: { path: string; findings: { rule: string }[] }[] } = JSON.parse(out);
  return report.files
    .filter(({ findings }) => findings.some(({ rule }) => rule === 'renamed-key'))
    .map((file) => path.relative(root, path.resolve(cwd, file.path)));
}

const repository = { '.git/HEAD': '', 'requirements.txt': PIN, 'scripts/run/train.py': OLD };

test('a pin above counts from wherever the check is started', async (t) => {
  assert.deepEqual(await told(t, repository), []);
  assert.deepEqual(await told(t, repository, 'scripts', 'run'), []);
  assert.deepEqual(await told(t, repository, 'scripts/run', 'train.py'), []);
  assert.deepEqual(await told(t, repository, '.git', 'ROOT'), []);
  assert.deepEqual(await told(t, repository, '.git', 'ROOT/scripts/run/train.py'), []);
});

test('without a repository, pins are looked for up to the folder that was named', async (t) => {
  const files = { 'requirements.txt': PIN, 'scripts/train.py': OLD, 'else/x.txt': '' };
  assert.deepEqual(await told(t, files), []);
  assert.deepEqual(await told(t, files, '.', 'scripts'), []);
  assert.deepEqual(await told(t, files, 'else', 'ROOT'), []);
  assert.deepEqual(await told(t, files, 'else', 'ROOT/scripts'), ['scripts/train.py']);
  assert.deepEqual(await told(t, files, 'scripts', 'train.py'), ['scripts/train.py']);
});

test('what lies above the repository, or too far above, pins nothing', async (t) => {
  const inner = { 'requirements.txt': PIN, 'inner/.git': '', 'inner/train.py': OLD };
  assert.deepEqual(await told(t, inner), ['inner/train.py']);
  const far = 'a/b/c/d/e/f/g/h/i/j';
  const deep = { ...repository, [`${far}/train.py`]: OLD, [`${far}/k/train.py`]: OLD };
  assert.deepEqual(await told(t, deep), [`${far}/k/train.py`]);
});

test('the nearest folder that asks for the package counts', async (t) => {
  const files = {
    ...repository,
    'scripts/requirements.txt': 'torch==2.8.0\ntransformers\n',
    'new/requirements.txt': 'transformers==4.57.6\n',
    'new/run/train.py': OLD,
    'range/pyproject.toml': 'dependencies = ["transformers>=4.50"]\n',
    'range/train.py': OLD,
    'main/requirements.txt': 'git+https://github.com/huggingface/transformers\n',
    'main/train.py': OLD,
    'below/requirements.txt': 'transformers<4.46\n',
    'below/train.py': OLD,
  };
  assert.deepEqual(await told(t, files), ['main/train.py', 'new/run/train.py', 'range/train.py']);
});

test('other files are looked for beside the file and in the working folder, as before', async (t) => {
  const files = {
    ...repository,
    'scripts/zero.json': '{"zero_optimization": {"stage": 9}}',
    'scripts/run/train.py': OLD.replace('evaluation_strategy="steps"', 'deepspeed="zero.json"'),
  };
  const root = folderWith(t, files);
  const paths = async (cwd: string, file: string) =>
    (await tunelint(['check', file], { cwd: path.join(root, cwd) })).out.includes('zero.json:1');
  assert.equal(await paths('scripts', 'run/train.py'), true);
  assert.equal(await paths('scripts/run', 'train.py'), false);
});

test('a copy of the source says its own release, from its folder on', async (t) => {
  const copy = {
    'old/src/transformers/__init__.py': '__version__ = "4.40.0.dev0"\n',
    'old/examples/train.py': OLD,
    'train.py': OLD,
  };
  assert.deepEqual(await told(t, { '.git/HEAD': '', ...copy }), ['train.py']);
  const project =
    '[project]\nname = "trl"\n[tool.setuptools.dynamic]\nversion = {file = "VERSION"}\n';
  const trl =
    'from trl import SFTConfig\nargs = SFTConfig("o", tokenizer_name="x", max_seq_length=9)\n';
  const files = { 'pyproject.toml': project, VERSION: '1.0.0.dev0\n', 'examples/a/train.py': trl };
  assert.deepEqual(await told(t, files), ['examples/a/train.py']);
  assert.deepEqual(await told(t, { ...files, VERSION: '0.17.0\n' }), []);
});

test('requirements of another name pin, in UTF-16 as well, and a README puts an error in doubt', async (t) => {
  const own = { '.git/HEAD': '', 'scripts/train.py': OLD };
  assert.deepEqual(await told(t, { ...own, 'README.md': '' }), ['scripts/train.py']);
  assert.deepEqual(await told(t, { ...own, 'requirements-gpu.txt': PIN }), []);
  assert.deepEqual(await told(t, { ...own, 'requirements/base.txt': PIN }), []);
  assert.deepEqual(await told(t, { ...own, 'envs/requirement.txt': PIN }), []);
  const root = folderWith(t, own);
  writeFileSync(path.join(root, 'requirements_old.txt'), `\u{feff}${PIN}`, 'utf16le');
  writeFileSync(path.join(root, 'requirements.txt'), 'torch\n');
  const { out } = await tunelint(['check', '.'], { cwd: root });
  assert.doesNotMatch(out, /eval_strategy/);
  const readme = folderWith(t, { ...own, 'README.md': 'pip install transformers==4.43.4\n' });
  const said = await tunelint(['check', '.'], { cwd: readme });
  assert.match(
    said.out,
    /warning[\s\S]*unless transformers 4\.43\.4 is in use, as `\.\.\/README\.md`/,
  );
});
