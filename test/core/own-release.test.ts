// What a copy of a framework's source says of its own release.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedFor } from '../../src-core/analysis/asked.ts';
import { analyze } from '../../src-core/index.ts';

const pinIn = (name: string, files: Record<string, string>) =>
  askedFor(name, (path) => files[path]).pin;

test('the file in which a framework keeps its release is read', () => {
  const places: Record<string, Record<string, string>> = {
    swift: { 'swift/version.py': "# Make sure\n__version__ = '3.5.0.dev0'\n" },
    llamafactory: {
      'src/llamafactory/extras/env.py': 'import os\n\n\nVERSION = "0.9.3.dev0"\n',
    },
    trl: { 'trl/__init__.py': '# flake8: noqa\n\n__version__ = "0.7.11.dev0"\n' },
    axolotl: { 'src/axolotl/__init__.py': '__version__ = "0.10.0"\n' },
    transformers: { 'src/transformers/__init__.py': '__version__ = "4.40.0.dev0"\n' },
  };
  for (const [name, files] of Object.entries(places)) {
    const [[file = '', text = ''] = []] = Object.entries(files);
    const version = /"(.*)"|'(.*)'/.exec(text)?.slice(1).join('');
    assert.deepEqual(pinIn(name, files), { version, file, near: true });
    assert.deepEqual(pinIn(name, { [`../../${file}`]: text })?.file, `../../${file}`);
    for (const other of Object.keys(places))
      if (other !== name) assert.equal(pinIn(other, files), undefined);
  }
  assert.equal(
    pinIn('llamafactory', { 'src/llmtuner/__init__.py': '__version__ = "0.6.3"\n' })?.version,
    '0.6.3',
  );
});

test('a copy may lie in a folder by the name that cloning gives it', () => {
  const files = {
    '../LlamaFactory/src/llamafactory/extras/env.py': 'VERSION = "0.9.4"\n',
    '../ms-swift/swift/version.py': "__version__ = '3.9.0'\n",
    '../verl/verl/version/version': '0.5.0\n',
  };
  assert.equal(pinIn('llamafactory', files)?.version, '0.9.4');
  assert.equal(pinIn('swift', files)?.version, '3.9.0');
  assert.equal(pinIn('verl', files)?.version, '0.5.0');
});

test('what is computed is no release', () => {
  const text =
    'try:\n    __version__ = version("axolotl")\nexcept E:\n    __version__ = "unknown"\n';
  assert.equal(pinIn('axolotl', { 'src/axolotl/__init__.py': text }), undefined);
});

test('a project of the name has a release of its own, or names the file that has', () => {
  const setup = 'setup(\n    name="axolotl",\n    # version="0.3.0",\n    version="0.4.1",\n)\n';
  assert.deepEqual(pinIn('axolotl', { 'setup.py': setup }), {
    version: '0.4.1',
    file: 'setup.py',
    near: true,
  });
  assert.equal(pinIn('trl', { 'setup.py': setup }), undefined);
  const named = '__version__ = "0.9.6.dev0"\nsetup(name="trl", version=__version__)\n';
  assert.equal(pinIn('trl', { 'setup.py': named })?.version, '0.9.6.dev0');
  const project = '[project]\nname = "litgpt"\nversion = "0.5.3"\n[tool.x]\nversion = "1.0"\n';
  assert.equal(pinIn('litgpt', { 'pyproject.toml': project })?.version, '0.5.3');
  const mine = '[project]\nname = "mine"\nversion = "1.0"\ndependencies = ["trl"]\n';
  assert.equal(pinIn('trl', { 'pyproject.toml': mine }), undefined);
  const pointing =
    '[project]\nname = "trl"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = { file = "VERSION" }\n';
  const files = { '../pyproject.toml': pointing, '../VERSION': '1.6.0.dev0\n' };
  assert.deepEqual(pinIn('trl', files), { version: '1.6.0.dev0', file: '../VERSION', near: true });
  assert.equal(pinIn('trl', { VERSION: '1.6.0\n', 'pyproject.toml': mine }), undefined);
});

test('what is installed beside the source is what runs', () => {
  const files = {
    'swift/version.py': "__version__ = '3.5.0.dev0'\n",
    'requirements.txt': 'ms-swift==3.7.0\n',
  };
  assert.deepEqual(pinIn('swift', files), { version: '3.7.0', file: 'requirements.txt' });
  const range = { ...files, 'requirements.txt': 'transformers>=4.33,<4.58\n' };
  assert.equal(pinIn('swift', range)?.file, 'swift/version.py');
});

/** What is said of a command of a fork that says this of its release. */
function told(command: string, version: string) {
  return analyze({
    file: { path: 'train.sh', text: command, language: 'shell' },
    settings: {},
    files: new Map([['../swift/version.py', `__version__ = '${version}'\n`]]),
  }).findings;
}

const rules = (command: string, version: string) =>
  told(command, version).map(({ rule, severity }) => `${severity} ${rule}`);

test('a key that went around that time may be there; one that went before is gone', () => {
  // `train_type` went after 4.0.4.
  const command = 'swift sft --model Qwen/Qwen2.5-7B-Instruct --dataset x.json --train_type lora\n';
  assert.deepEqual(rules(command, '3.5.0.dev0'), []);
  assert.deepEqual(rules(command, '4.0.0'), []);
  assert.deepEqual(rules(command, '4.1.0.dev0'), ['warning renamed-key']);
  assert.deepEqual(rules(command, '4.4.0.dev0'), ['error renamed-key']);
  const [late] = told(command, '4.1.0.dev0');
  assert.match(
    late?.message ?? '',
    /, unless 4\.1\.0\.dev0 of \.\.\/swift\/version\.py still has it$/,
  );
  assert.deepEqual(
    late?.fixes.map(({ safety }) => safety),
    ['unsafe'],
  );
});

test('a key that came around that time may be there; one that came later is a step milder', () => {
  // `tuner_type` came with 4.0.
  const command = 'swift sft --model Qwen/Qwen2.5-7B-Instruct --dataset x.json --tuner_type lora\n';
  assert.deepEqual(rules(command, '4.0.0.dev0'), []);
  assert.deepEqual(rules(command, '3.9.0.dev0'), ['warning unknown-key']);
  const [early] = told(command, '3.9.0.dev0');
  assert.match(early?.message ?? '', /; in 3\.9\.0\.dev0 of \.\.\/swift\/version\.py, it stops/);
});

test('files are asked for by the packages that a run depends on', () => {
  const wanted = analyze({
    file: {
      path: 'train.yaml',
      text: 'stage: sft\nmodel_name_or_path: x\ndataset: y\ntemplate: qwen\n',
      language: 'yaml',
    },
    settings: {},
  }).wanted;
  assert.ok(wanted.includes('src/llamafactory/extras/env.py'));
  assert.ok(!wanted.includes('swift/version.py'));
  assert.ok(!wanted.includes('VERSION'));
  assert.ok(wanted.every((path) => !path.startsWith('../')));
});
