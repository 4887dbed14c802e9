import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type CodeAction,
  type Diagnostic,
  DidChangeConfigurationNotification,
  type Hover,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import * as core from '../../src-core/index.ts';
import { factoryConfig } from '../harness/factory-config.ts';
import { type Editor, editors } from './editors.ts';
import { type Client, connect } from './harness.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The settings that the README has a user of the editor write down. */
function settingsFor({ name }: Editor): object {
  const [, json = ''] = name.startsWith('Zed')
    ? (/```json\n(\{\n {2}"lsp"[\s\S]*?)```/.exec(README) ?? [])
    : (/on \*Configuration\* `(\{.*?\})`/.exec(README) ?? []);
  const all = JSON.parse(json);
  return name.startsWith('Zed') ? all.lsp['yaml-language-server'].settings : all;
}

const FILES = {
  'train.yaml': factoryConfig('per_device_train_batch_size: 16', 'fp16: true'),
  'train.sh': `swift sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype float16 \\
  --dataset d.jsonl --per_device_train_batch_size 16 --tuner_type lora
`,
};

/** What is said of the document, however the editor gets it. */
async function diagnosticsOf(client: Client, uri: string, pulls: boolean): Promise<Diagnostic[]> {
  const report = { textDocument: { uri } };
  if (pulls)
    return (await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', report)).items;
  for (;;) {
    const found = client.published.find((one) => one.uri === uri && one.diagnostics.length > 0);
    if (found !== undefined) return found.diagnostics;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

for (const editor of editors)
  for (const [name, text] of Object.entries(FILES))
    test(`${editor.name} with the settings of the README: ${name}`, async () => {
      const settings = settingsFor(editor);
      const client = await connect(core, {
        capabilities: editor.capabilities,
        configuration: (section) => editor.configuration(settings, section),
      });
      if (editor.pushes)
        await client.connection.sendNotification(DidChangeConfigurationNotification.type, {
          settings: editor.configuration(settings, undefined),
        });
      const uri = `file:///ws/${name}`;
      await client.open(uri, text, editor.languageId(name));
      const pulls = client.initialized.capabilities.diagnosticProvider !== undefined;
      assert.equal(pulls, editor.capabilities.textDocument?.diagnostic !== undefined);
      const found = await diagnosticsOf(client, uri, pulls);
      const range = (code: string) => found.find((one) => one.code === code)?.range;
      // The card is the one of the settings.
      assert.match(found.map(({ message }) => message).join('\n'), /does not fit.*RTX 4090 D/s);
      const at = range('fp16-overflows-model') ?? range('fp16-on-bf16-model');
      assert.ok(at);
      const textDocument = { uri };
      const hover = await client.request<Hover>('textDocument/hover', {
        textDocument,
        position: at.start,
      });
      assert.match(JSON.stringify(hover.contents), /65,504/);
      const context = { diagnostics: found };
      const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
        textDocument,
        range: at,
        context,
      });
      const fix = actions.find(({ title }) => /bf16|bfloat16/.test(title));
      const [change] = fix?.edit?.documentChanges ?? [];
      assert.ok(
        change !== undefined && 'edits' in change,
        'the edit is there without a second question',
      );
      const document = TextDocument.create(uri, '', 1, text);
      const fixed = TextDocument.applyEdits(
        document,
        change.edits.filter((edit) => 'newText' in edit),
      );
      assert.match(fixed, /bf16: true|--torch_dtype bfloat16/);
      client.close();
    });
