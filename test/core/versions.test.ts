import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedFor } from '../../src-core/analysis/asked.ts';
import { ceilingOf } from '../../src-core/analysis/ceiling.ts';
import {
  installedCeiling,
  installedVersion,
  isInstalled,
} from '../../src-core/analysis/versions.ts';
import { analyze } from '../../src-core/index.ts';

const pinnedVersion = (name: string, files: Read) => askedFor(name, files).pin;
const allowedCeiling = (name: string, files: Read) => askedFor(name, files).ceiling;
type Read = (path: string) => string | undefined;

const read = (files: Record<string, string>) => (path: string) => files[path];

test('a requirements file pins exact versions only', () => {
  const files = {
    'requirements.txt': 'torch>=2\ntransformers==4.57.6 ; python_version > "3"\ntrl>=1.0\n',
  };
  assert.deepEqual(pinnedVersion('transformers', read(files)), {
    version: '4.57.6',
    file: 'requirements.txt',
  });
  assert.equal(pinnedVersion('trl', read(files)), undefined);
  assert.equal(pinnedVersion('torch', read(files)), undefined);
});

test('a name is not taken for another that ends alike', () => {
  const files = { 'requirements.txt': 'sentence-transformers==5.1.0\n' };
  assert.equal(pinnedVersion('transformers', read(files)), undefined);
});

test('extras, quotes and the package name of a framework are read', () => {
  const files = { 'pyproject.toml': 'dependencies = ["ms-swift[llm]==4.0.2"]\n' };
  assert.equal(pinnedVersion('swift', read(files))?.version, '4.0.2');
});

test('a lock file wins over a requirements file', () => {
  const files = {
    'uv.lock': '[[package]]\nname = "transformers"\nversion = "5.2.0"\nsource = {}\n',
    'requirements.txt': 'transformers==4.40.0\n',
  };
  assert.equal(pinnedVersion('transformers', read(files))?.version, '5.2.0');
});

test('a conda environment pins in its own words and in those of pip', () => {
  const pinOf = (line: string) =>
    pinnedVersion('trl', read({ 'environment.yml': `dependencies:\n  - ${line}\n` }))?.version;
  assert.equal(pinOf('pip:\n    - trl==0.15.1'), '0.15.1');
  assert.equal(pinOf('trl=0.15.1'), '0.15.1');
  assert.equal(pinOf('conda-forge::trl=0.15=pyhd8ed1ab_0'), '0.15');
  assert.equal(pinOf('trl=0.15'), undefined);
  const loose = read({ 'environment.yaml': 'dependencies:\n  - trl=0.15\n' });
  assert.deepEqual(allowedCeiling('trl', loose), { version: '0.16', included: false });
});

test('a setup.py pins what it installs in any case', () => {
  const text =
    'setup(install_requires=["torch", "trl[vllm]==0.15.1"],\n' +
    '  extras_require={"sglang": ["sglang[srt]", "transformers==4.51.1"]})\n';
  assert.equal(pinnedVersion('trl', read({ 'setup.py': text }))?.version, '0.15.1');
  assert.equal(pinnedVersion('transformers', read({ 'setup.py': text })), undefined);
  const table = '_deps = [\n  # not yet: "trl==0.16.0"\n  "trl==0.15.1",\n]\n';
  assert.equal(pinnedVersion('trl', read({ 'setup.py': table }))?.version, '0.15.1');
});

test('the tag of a release in the own repository is a pin, a branch, a commit or a fork is none', () => {
  const GIT = 'git+https://github.com';
  const pinOf = (line: string) =>
    pinnedVersion('transformers', read({ 'requirements.txt': `torch\n${line}\n` }))?.version;
  assert.equal(pinOf(`${GIT}/huggingface/transformers@v4.40.0`), '4.40.0');
  assert.equal(
    pinOf(`transformers[torch] @ ${GIT}/huggingface/transformers.git@v4.40.0`),
    '4.40.0',
  );
  assert.equal(pinOf(`-e ${GIT}/huggingface/transformers.git@v4.40.0#egg=transformers`), '4.40.0');
  assert.equal(pinOf('git+ssh://git@github.com/huggingface/transformers.git@v4.40.0'), '4.40.0');
  for (const at of ['', '@main', '@v4.49.0-Gemma-3', '@0dcb46e7a4a9e587ba84ff35778ab4233a184c11'])
    assert.equal(pinOf(`${GIT}/huggingface/transformers${at}`), undefined);
  assert.equal(pinOf(`${GIT}/someone/transformers@v4.40.0`), undefined);
  assert.equal(pinOf(`${GIT}/huggingface/trl@v0.15.1`), undefined);
  assert.equal(pinOf(`# ${GIT}/huggingface/transformers@v4.40.0`), undefined);
});

test('a commit, another branch and a fork may be of any release', () => {
  const unsureOf = (line: string) =>
    askedFor('trl', read({ 'requirements.txt': `torch\n${line}\n` })).unsure;
  const own = 'trl@git+https://github.com/huggingface/trl.git';
  for (const at of ['', '@main', '@v0.15.1']) assert.equal(unsureOf(own + at), undefined);
  assert.equal(unsureOf(`${own}@019fc6dbaa03b5b5c3a5b1b7a6c3b4d8c3b0c3ee`), 'requirements.txt');
  assert.equal(unsureOf(`${own}@grpo-vlm`), 'requirements.txt');
  assert.equal(unsureOf('git+https://github.com/someone/trl'), 'requirements.txt');
  assert.equal(unsureOf('trl==0.15.1'), undefined);
});

test('an install from a repository is one', () => {
  const command = 'pip install git+https://github.com/huggingface/trl.git';
  assert.equal(installedVersion('trl', `${command}@v0.15.1`), '0.15.1');
  assert.equal(installedVersion('trl', command), undefined);
  assert.equal(isInstalled('trl', command), true);
  assert.equal(isInstalled('peft', command), false);
});

test('the nearest folder in which a file asks for a release counts', () => {
  const above = {
    '../requirements.txt': 'trl==0.15.1\n',
    '../../requirements.txt': 'trl==0.9.6\n',
  };
  assert.deepEqual(pinnedVersion('trl', read(above)), {
    version: '0.15.1',
    file: '../requirements.txt',
  });
  const beside = (text: string) => read({ ...above, 'requirements.txt': text });
  assert.equal(pinnedVersion('trl', beside('trl\npeft==0.18.0\n'))?.version, '0.15.1');
  assert.equal(pinnedVersion('trl', beside('trl>=0.9\n')), undefined);
  assert.equal(allowedCeiling('trl', beside('trl<1\n'))?.version, '1');
  assert.equal(pinnedVersion('trl', beside('trl @ git+https://github.com/me/trl\n')), undefined);
});

test('neither a comment nor an open end is a pin', () => {
  const files = { 'requirements.txt': '# trl==0.9.6\ntrl==0.15.* # trl==0.15.1\n' };
  assert.equal(pinnedVersion('trl', read(files)), undefined);
  assert.equal(allowedCeiling('trl', read(files))?.version, '0.16');
});

test('the requirements of training come before those of all else', () => {
  const files = { 'requirements.txt': 'trl==0.9.6\n', 'requirements-train.txt': 'trl==0.15.1\n' };
  assert.equal(pinnedVersion('trl', read(files))?.file, 'requirements-train.txt');
});

test('the pinned version condemns a key that is gone since', () => {
  const text =
    'from transformers import TrainingArguments\nargs = TrainingArguments(output_dir="o", group_by_length=True)\n';
  const file = { path: 'train.py', text, language: 'python' as const };
  const rulesWith = (pin: string) =>
    analyze({ file, settings: {}, files: new Map([['requirements.txt', pin]]) }).findings.map(
      (f) => f.rule,
    );
  assert.deepEqual(rulesWith('transformers==4.57.6\n'), []);
  assert.ok(
    rulesWith('transformers==5.17.0\n').some(
      (rule) => rule === 'removed-key' || rule === 'renamed-key',
    ),
  );
});

test('what a commit may still have is no error', () => {
  const file = { path: 'grpo.sh', language: 'shell' } as const;
  const text =
    'trl grpo --model_name_or_path Qwen/Qwen2.5-7B --max_prompt_length 512 --num_generations 8 --reward_funcs a --dataset_name d\n';
  const said = (pin: string) =>
    analyze({
      file: { ...file, text },
      settings: { framework: 'trl' },
      files: new Map([['requirements.txt', pin]]),
    }).findings.filter(({ message }) => message.startsWith('`max_prompt_length`'));
  const [newest] = said('trl\n');
  assert.equal(newest?.severity, 'error');
  const [commit] = said(
    'trl@git+https://github.com/huggingface/trl.git@019fc6dbaa03b5b5c3a5b1b7a6c3b4d8\n',
  );
  assert.equal(commit?.severity, 'warning');
  assert.match(
    commit?.message ?? '',
    /unless what `requirements.txt` takes from a repository still has it\b/,
  );
  assert.ok(commit?.fixes.every(({ safety }) => safety !== 'safe'));
});

test('what the text itself installs counts, unless it installs several', () => {
  const text =
    '!pip install -q "peft>=0.15" \\\n  trl==0.22.2\n!uv pip install --no-deps unsloth\n';
  assert.equal(installedVersion('trl', text), '0.22.2');
  assert.equal(installedVersion('peft', text), undefined);
  assert.equal(installedVersion('trl', `${text}!pip install trl==0.23.0\n`), undefined);
  assert.equal(installedVersion('trl', 'trl==0.22.2 is what we use\n'), undefined);
});

test('a key that the release in use does not have yet is named', () => {
  const text = (version: string) =>
    `!pip install peft==${version}\nfrom peft import LoraConfig\nconfig = LoraConfig(r=8, lora_bias=True)\n`;
  const messages = (version: string) =>
    analyze({
      file: { path: 'train.py', text: text(version), language: 'python' },
      settings: {},
    }).findings.map((f) => f.message);
  assert.deepEqual(messages('0.14.0'), []);
  assert.deepEqual(messages('0.13.2'), [
    '`lora_bias` came with peft 0.14; in 0.13.2, which is in use, it stops with an error',
  ]);
});

test('a range ends where its strictest part does', () => {
  const ends: Record<string, string> = {
    '>=0.8.6,<=0.9.6': '<=0.9.6',
    '>=4.40,<5': '<5',
    '>=4.40, <5, <4.50.1, !=4.48': '<4.50.1',
    '~=4.40': '<5',
    '~=4.40.1': '<4.41',
    '==4.57.*': '<4.58',
    '==4.57.6': '<=4.57.6',
    '^4.40.0': '<5',
    '^0.9.2': '<0.10',
    '~1.2': '<1.3',
  };
  for (const [range, end] of Object.entries(ends)) {
    const found = ceilingOf(range);
    assert.equal(found && `${found.included ? '<=' : '<'}${found.version}`, end, range);
  }
  for (const open of ['>=4.40', '>4', '!=5.0']) assert.equal(ceilingOf(open), undefined, open);
});

test('a requirements file, a project and an install command have ceilings', () => {
  const several =
    'transformers>=4.49.0,<=4.56.2; python_version < "3.10"\ntransformers[torch]>=4.49.0,<=4.57.1\n';
  const files = {
    'requirements.txt': several,
    'pyproject.toml': '[tool.poetry.dependencies]\npeft = "^0.14"\ntrl = {version = "~0.9.6"}\n',
  };
  assert.equal(allowedCeiling('transformers', read(files))?.version, '4.57.1');
  assert.equal(allowedCeiling('peft', read(files))?.version, '0.15');
  assert.equal(allowedCeiling('trl', read(files))?.version, '0.10');
  assert.equal(allowedCeiling('torch', read(files)), undefined);
  const half = { 'requirements.txt': 'trl<1\ntrl>=0.9\n' };
  assert.equal(allowedCeiling('trl', read(half)), undefined);
  assert.equal(installedCeiling('trl', '!pip install -q "trl<0.13" peft\n')?.version, '0.13');
  assert.equal(installedCeiling('trl', '# trl<0.13\n'), undefined);
});

test('what a ceiling leaves in use is not called gone', () => {
  const rules = (text: string, pin: string) =>
    analyze({
      file: { path: 'train.py', text, language: 'python' },
      settings: {},
      files: new Map([['requirements.txt', pin]]),
    }).findings.map(({ rule }) => rule);
  const ppo = 'from trl import PPOConfig\nargs = PPOConfig(ppo_epochs=4)\n';
  assert.deepEqual(rules(ppo, 'trl>=0.8.6,<=0.9.6\n'), []);
  assert.deepEqual(rules(ppo, 'trl<0.12\n'), []);
  assert.deepEqual(rules(ppo, 'trl<0.13\n'), ['removed-key']);
  assert.deepEqual(rules(ppo, 'trl>=0.8\n'), ['gone-import', 'removed-key']);
  const hf = (option: string) =>
    `from transformers import TrainingArguments\nargs = TrainingArguments("o", ${option})\n`;
  assert.deepEqual(rules(hf('warmup_ratio=0.1'), 'transformers>=4.40,<5\n'), []);
  assert.deepEqual(rules(hf('warmup_ratio=0.1'), 'transformers==5.14.1\n'), []);
  assert.deepEqual(rules(hf('warmup_ratio=0.1'), 'transformers==5.15.0\n'), ['removed-key']);
  assert.deepEqual(rules(hf('optim="adamw_hf"'), 'transformers==4.40.0\n'), []);
  assert.deepEqual(rules(hf('optim="adamw_hf"'), 'transformers<=4.49\n'), []);
  assert.deepEqual(rules(hf('optim="adamw_hf"'), 'transformers==4.57.6\n'), ['bad-choice']);
});

test('what the text installs in some release is not the one that a file beside it pins', () => {
  const call = 'from trl import SFTConfig\nargs = SFTConfig("o", max_length=512)\n';
  const told = (install: string) =>
    analyze({
      file: { path: 'train.py', text: install + call, language: 'python' },
      settings: {},
      files: new Map([['requirements.txt', 'trl==0.12.1\n']]),
    }).findings.map(({ rule }) => rule);
  assert.deepEqual(told(''), ['unknown-key']);
  assert.deepEqual(told('!pip install -q "trl>=0.22.1" datasets\n'), []);
  assert.deepEqual(told('!pip install -U trl\n'), []);
  assert.deepEqual(told('!pip install trl-extras\n'), ['unknown-key']);
});
