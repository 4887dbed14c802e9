import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { CodeAction } from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { factoryConfig } from '../harness/factory-config.ts';
import { type Client, connect } from './harness.ts';

const SCRIPT = 'file:///ws/run.sh';
const CONFIG = 'file:///ws/sft.yaml';
/** `evaluation_strategy` has another name now, which is safe to write; fp16 is the user's to change. */
const YAML = factoryConfig('evaluation_strategy: steps', 'fp16: true');
const TEXT = `swift sft --model Qwen/Qwen2.5-7B-Instruct --train_type lora --torch_dtype float16 \\
  --evaluation_strategy steps --dataset d
llamafactory-cli train sft.yaml
`;

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

/** The action of a script, in a workspace that has the config. */
async function fixAll(uri: string, text: string): Promise<CodeAction | undefined> {
  const client = await connect(core, { files: { [CONFIG]: YAML } });
  open.push(client);
  await client.open(uri, text);
  const at = { line: 0, character: 0 };
  const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: { start: at, end: at },
    context: { diagnostics: [], only: ['source.fixAll.tunelint'] },
  });
  assert.ok(actions.length <= 1);
  return actions[0];
}

test('fix-all renames in the script, and changes no file that it names', async () => {
  const action = await fixAll(SCRIPT, TEXT);
  const written = action?.edit?.documentChanges?.map((change) =>
    'edits' in change
      ? [
          change.textDocument.uri,
          ...change.edits.map((edit) => ('newText' in edit ? edit.newText : '')),
        ]
      : [],
  );
  assert.deepEqual(written, [[SCRIPT, 'tuner_type', 'eval_strategy']]);
});

test('where only another file has old names there is no fix-all', async () => {
  assert.equal(await fixAll(SCRIPT, 'llamafactory-cli train sft.yaml\n'), undefined);
});

test('where all names are those of now there is no fix-all', async () => {
  const text = TEXT.replace('train_type', 'tuner_type')
    .replace('evaluation_strategy', 'eval_strategy')
    .replace(/llamafactory.*/, '');
  assert.equal(await fixAll('file:///ws/now.sh', text), undefined);
});

const THREE = `swift sft --model a/b --train_type lora --dataset x
swift sft --model a/b --train_type full --dataset x
swift sft --model a/b --train_type lora --torch_dtype tpyo --dataset x
`;

/** The quick fixes at a word of a script. */
async function quickFixes(text: string, word: string): Promise<readonly CodeAction[]> {
  const client = await connect(core);
  open.push(client);
  await client.open(SCRIPT, text);
  const { line, column } = core.lineIndex(text).positionAt(text.indexOf(word));
  const at = { line, character: column };
  return client.request('textDocument/codeAction', {
    textDocument: { uri: SCRIPT },
    range: { start: at, end: at },
    context: { diagnostics: [], only: ['quickfix'] },
  });
}

test('what a rule finds several times is mended at one place, or at all', async () => {
  const titles = (actions: readonly CodeAction[]) => actions.map(({ title }) => title);
  const actions = await quickFixes(THREE, '--train_type');
  assert.deepEqual(titles(actions), [
    'Rename to `tuner_type`',
    'Fix all 3 of renamed-key in this file',
    'Ignore renamed-key here',
  ]);
  const [change, ...others] = actions[1]?.edit?.documentChanges ?? [];
  assert.deepEqual(others, []);
  assert.ok(change && 'edits' in change);
  assert.deepEqual(
    change.edits.map((edit) => 'newText' in edit && edit.newText),
    ['tuner_type', 'tuner_type', 'tuner_type'],
  );
  const [first = ''] = THREE.split('\n');
  assert.deepEqual(titles(await quickFixes(`${first}\n`, '--train_type')), [
    'Rename to `tuner_type`',
    'Ignore renamed-key here',
  ]);
});
