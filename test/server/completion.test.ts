import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { CompletionItem, CompletionList } from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { factoryConfig } from '../harness/factory-config.ts';
import { type Client, connect, PULLS } from './harness.ts';

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

/** What a client is answered behind the first `character` letters of the first line. */
async function complete<T>(uri: string, text: string, character: number): Promise<T> {
  const client = await connect(core, { capabilities: PULLS });
  open.push(client);
  await client.open(uri, text, uri.endsWith('.yaml') ? 'yaml' : 'shellscript');
  const position = { line: 0, character };
  return client.request<T>('textDocument/completion', { textDocument: { uri }, position });
}

const SCRIPT = 'file:///ws/train.sh';
const at = (character: number) => ({ line: 0, character });

test('a word is replaced whole: what is left of it would be a key of its own', async () => {
  const text = 'swift sft --model a/b --learning_rate 1e-4';
  const items = await complete<CompletionItem[]>(SCRIPT, text, 29);
  const found = items.find(({ label }) => label === 'learning_rate');
  const range = { start: at(22), end: at(37) };
  assert.deepEqual(found?.textEdit, { newText: '--learning_rate', range });
});

test('a list of models is to be asked for again, unless it is all there is', async () => {
  const uri = 'file:///ws/sft.yaml';
  const text = factoryConfig().replace(/^.*/, 'model_name_or_path: Qwen/Qwen2.5-7B');
  const cut = text.replace(/^.*/, 'model_name_or_path: ');
  const list = await complete<CompletionList>(uri, cut, 20);
  assert.ok(list.isIncomplete && list.items.length > 100);
  const items = await complete<CompletionItem[]>(uri, text, 35);
  assert.ok(items.some(({ label }) => label === 'Qwen/Qwen2.5-7B-Instruct'));
});
