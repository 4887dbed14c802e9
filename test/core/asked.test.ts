// What files other than a plain `requirements.txt` say of the releases in use.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedFor } from '../../src-core/analysis/asked.ts';
import { pinPlace } from '../../src-core/analysis/pin-files.ts';
import { analyze } from '../../src-core/index.ts';

const read = (files: Record<string, string>) => (path: string) => files[path];
const pinnedVersion = (name: string, files: (path: string) => string | undefined) =>
  askedFor(name, files).pin;
const allowedCeiling = (name: string, files: (path: string) => string | undefined) =>
  askedFor(name, files).ceiling;

test('poetry takes a version by itself as that one alone, and a Pipfile names packages likewise', () => {
  const poetry = (line: string) =>
    read({
      'pyproject.toml': `[tool.poetry.group.train.dependencies]\n${line}\n[tool.x]\ntrl = "9.9"\n`,
    });
  const pinOf = (line: string) => pinnedVersion('trl', poetry(line))?.version;
  assert.equal(pinOf('trl = "0.16.1"'), '0.16.1');
  assert.equal(pinOf('trl = "=0.16.1"'), '0.16.1');
  assert.equal(pinOf('trl = { version = "0.16.1", optional = true }'), '0.16.1');
  assert.equal(pinOf('trl = { extras = ["peft"], version = "0.16.1" }'), '0.16.1');
  for (const open of ['*', '>=0.16', '^0.16.1', '0.16.*'])
    assert.equal(pinOf(`trl = "${open}"`), undefined, open);
  assert.equal(allowedCeiling('trl', poetry('trl = "0.16.*"'))?.version, '0.17');
  const git = 'trl = { git = "https://github.com/huggingface/trl.git", ';
  assert.equal(pinOf(`${git}tag = "v0.15.1" }`), '0.15.1');
  assert.equal(askedFor('trl', poetry(`${git}rev = "019fc6d" }`)).unsure, 'pyproject.toml');
  const listed = () => ['././Pipfile'];
  const pipfile = read({ '././Pipfile': '[packages]\ntrl = "==0.16.1"\n' });
  assert.equal(askedFor('trl', pipfile, 0, listed).pin?.version, '0.16.1');
});

test('a freeze names the release of a folder that is installed', () => {
  const text =
    'torch==2.8.0\n# Editable install with no version control (ms_swift==3.7.0.dev0)\n-e /home/me/ms-swift\n';
  const pin = { version: '3.7.0.dev0', file: 'requirements.txt', near: true };
  assert.deepEqual(pinnedVersion('swift', read({ 'requirements.txt': text })), pin);
});

test('files of other names count where they agree, and where no file of a usual name asks', () => {
  const asked = (files: Record<string, string>) =>
    askedFor('trl', read(files), 1, (_, above) =>
      Object.keys(files).filter((path) => pinPlace(path)?.above === above && path.includes('././')),
    );
  const m4 = { '././requirements-m4.txt': 'trl==0.7.4\n' };
  const pin = { version: '0.7.4', file: 'requirements-m4.txt', near: true };
  assert.deepEqual(asked(m4).pin, pin);
  assert.deepEqual(asked({ ...m4, '././conda.yml': 'dependencies:\n  - trl=0.7.4\n' }).pin, pin);
  assert.deepEqual(asked({ ...m4, '././requirements/base.txt': 'trl==0.8.0\n' }), {});
  assert.deepEqual(asked({ ...m4, 'requirements.txt': 'trl>=0.7\n' }), {});
  assert.deepEqual(asked({ ...m4, '../requirements.txt': 'trl==0.9.6\n' }).pin, pin);
});

test('an import that is gone is judged by what files ask for', () => {
  const text = 'from trl import PPOConfig\nargs = PPOConfig(output_dir="out")\n';
  const told = (files: Record<string, string>) =>
    analyze({
      file: { path: 'train.py', text, language: 'python' },
      settings: {},
      files: new Map(Object.entries(files)),
    }).findings.flatMap(({ rule, severity }) => (rule === 'gone-import' ? [severity] : []));
  assert.deepEqual(told({}), ['error']);
  assert.deepEqual(told({ 'requirements.txt': 'trl==0.29.0\n' }), ['error']);
  assert.deepEqual(told({ 'requirements.txt': 'trl<0.29\n' }), []);
  assert.deepEqual(told({ '././README.md': 'pip install trl==0.12.1\n' }), ['warning']);
});

test('what an older release still has is a warning where a file names that release', () => {
  const text =
    'from trl import SFTTrainer\nSFTTrainer("facebook/opt-125m", train_dataset=d, packing=True)\n';
  const told = (files: Record<string, string>) =>
    analyze({
      file: { path: 'train.py', text, language: 'python' },
      settings: {},
      files: new Map(Object.entries(files)),
    }).findings.flatMap(({ rule, severity, message }) =>
      rule === 'removed-key' ? [`${severity}: ${/, unless .* says/.exec(message)}`] : [],
    );
  assert.deepEqual(told({}), ['error: null']);
  const readme = 'Then run `pip install trl==0.11.4`.\n';
  assert.match(told({ '././README.md': readme }).join(), /^warning: , unless trl 0.11.4 is in use/);
  assert.deepEqual(told({ '././README.md': 'pip install trl==0.20.0\n' }), ['error: null']);
  assert.deepEqual(told({ '././README.md': 'pip install -U trl\n' }), ['error: null']);
  assert.deepEqual(told({ '././README.md': readme, 'requirements.txt': 'trl==0.13.0\n' }), [
    'error: null',
  ]);
  const cell = '{"source": ["!pip install --upgrade \\\\\\n",\n "  \\"trl==0.8.6\\" \\\\\\n"]}';
  assert.equal(told({ '././x.ipynb': cell }).join().slice(0, 30), 'warning: , unless trl 0.8.6 is');
  const demands = 'src/llamafactory/extras/misc.py';
  assert.match(
    told({ [demands]: 'require_version("trl>=0.8.6,<=0.9.6", "")\n' }).join(),
    /unless trl<=0.9.6 is in use/,
  );
  assert.match(
    told({ 'setup.py': 'setup(extras_require={"trl": ["trl==0.8.0"]})\n' }).join(),
    /unless trl 0.8.0 is in use/,
  );
});
