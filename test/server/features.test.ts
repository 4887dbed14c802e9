import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type {
  CodeLens,
  CompletionItem,
  Diagnostic,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Hover,
  Location,
} from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { factoryConfig } from '../harness/factory-config.ts';
import { type Client, connect, PULLS } from './harness.ts';

const SCRIPT = 'file:///ws/train.sh';
const CONFIG = 'file:///ws/configs/sft.yaml';
const TEXT = `#!/bin/bash
# Two ways to the same model.
swift sft \\
  --model Qwen/Qwen2.5-7B-Instruct \\
  --torch_dtype bfloat16 \\
  --tuner_type lora \\
  --dataset data.jsonl

llamafactory-cli train configs/sft.yaml
`;
const YAML = factoryConfig('bf16: true');

let client: Client | undefined;
after(() => client?.close());

async function started(): Promise<Client> {
  if (client !== undefined) return client;
  const files = {
    [CONFIG]: YAML,
    'file:///ws/here.jsonl': '{}',
    'file:///ws/data/dataset_info.json': '{}',
  };
  const options = { gpu: 'RTX 4090D', rulePages: true, optionPages: true };
  const textDocument = { ...PULLS.textDocument, diagnostic: { codeDescriptionSupport: true } };
  client = await connect(core, { files, options, capabilities: { ...PULLS, textDocument } });
  await client.open(SCRIPT, TEXT);
  return client;
}

const textDocument = { uri: SCRIPT };

/** The position of `text` in the script, `behind` it if asked. */
function at(text: string, behind = false): { line: number; character: number } {
  const offset = TEXT.indexOf(text) + (behind ? text.length : 0);
  const { line, column } = core.lineIndex(TEXT).positionAt(offset);
  return { line, character: column };
}

test('a line above each run says what it needs of the card', async () => {
  const lenses = await (await started()).request<CodeLens[]>('textDocument/codeLens', {
    textDocument,
  });
  assert.deepEqual(
    lenses.map(({ range }) => range.start.line),
    [2, 8],
  );
  const said =
    /^memory (fits|probably does not fit): ≈ \d+\.\d of 24\.0 GiB · Qwen2\.5-7B-Instruct · LoRA r8/;
  for (const { command } of lenses) assert.match(command?.title ?? '', said);
});

test('models link to their page and configs to the file', async () => {
  const links = await (await started()).request<DocumentLink[]>('textDocument/documentLink', {
    textDocument,
  });
  const found = links.map(({ range, target }) => [range.start, target]);
  assert.deepEqual(found, [
    [at('Qwen/'), 'https://huggingface.co/Qwen/Qwen2.5-7B-Instruct'],
    [at('configs/'), CONFIG],
  ]);
});

test('datasets link to their file, their registry or their page on the hub', async () => {
  const client = await started();
  const uri = 'file:///ws/data.sh';
  const text =
    'swift sft --model Qwen/Qwen2.5-7B-Instruct --dataset AI-ModelScope/alpaca-zh#500 hf::tatsu-lab/alpaca here.jsonl gone.jsonl';
  await client.open(uri, text);
  const params = { textDocument: { uri } };
  const links = await client.request<DocumentLink[]>('textDocument/documentLink', params);
  const named = links.map(({ range, target }) => [
    text.slice(range.start.character, range.end.character),
    target,
  ]);
  assert.deepEqual(named, [
    ['Qwen/Qwen2.5-7B-Instruct', 'https://huggingface.co/Qwen/Qwen2.5-7B-Instruct'],
    ['AI-ModelScope/alpaca-zh#500', 'https://modelscope.cn/datasets/AI-ModelScope/alpaca-zh'],
    ['hf::tatsu-lab/alpaca', 'https://huggingface.co/datasets/tatsu-lab/alpaca'],
    ['here.jsonl', 'file:///ws/here.jsonl'],
  ]);
  await client.open(CONFIG, YAML, 'yaml');
  const inConfig = await client.request<DocumentLink[]>('textDocument/documentLink', {
    textDocument: { uri: CONFIG },
  });
  assert.deepEqual(
    inConfig.map(({ target }) => target),
    ['https://huggingface.co/Qwen/Qwen2.5-7B-Instruct', 'file:///ws/data/dataset_info.json'],
  );
});

test('go to definition of an option opens the page with its default', async () => {
  const client = await started();
  const position = at('torch_dtype');
  const found = await client.request<Location>('textDocument/definition', {
    textDocument,
    position,
  });
  assert.equal(found.uri, 'tunelint-options:/swift/swift%20sft.md');
  const page = await client.request<string>('tunelint/optionsPage', { uri: found.uri });
  const lines = page.split('\n').slice(found.range.start.line);
  assert.equal(lines[0], '## torch_dtype');
  assert.match(lines.slice(0, 10).join('\n'), /default `none`[\s\S]*modelscope\/ms-swift\/blob/);
  const gone = { uri: 'tunelint-options:/swift/nothing.md' };
  assert.equal(await client.request('tunelint/optionsPage', gone), null);
});

test('a command folds with its continuation lines, also where those are not indented', async () => {
  const client = await started();
  const uri = 'file:///ws/fold.sh';
  const text = `# one
# two
if true; then
  echo
fi
swift sft \\
--model Qwen/Qwen2.5-7B-Instruct \\
--dataset x.jsonl
# region later
echo
# endregion
`;
  await client.open(uri, text);
  const params = { textDocument: { uri } };
  const folds = await client.request<FoldingRange[]>('textDocument/foldingRange', params);
  assert.deepEqual(
    folds.map(({ startLine, endLine, kind }) => [startLine, endLine, kind]),
    [
      [0, 1, 'comment'],
      [2, 3, undefined],
      [5, 7, undefined],
      [8, 10, 'region'],
    ],
  );
  // Where a file has no command of ours the editor folds by itself.
  await client.open(CONFIG, YAML, 'yaml');
  const other = { textDocument: { uri: CONFIG } };
  assert.equal(await client.request('textDocument/foldingRange', other), null);
});

test('a diagnostic names the page of its rule, and the hover its source', async () => {
  const uri = 'file:///ws/half.sh';
  const text =
    'swift sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype float16 --attn_impl eager --dataset d';
  const of = async (client: Client) => {
    await client.open(uri, text);
    type Report = { items: Diagnostic[] };
    const params = { textDocument: { uri } };
    const { items } = await client.request<Report>('textDocument/diagnostic', params);
    return items.find(({ code }) => code === 'fp16-overflows-model')?.codeDescription?.href;
  };
  const client = await started();
  const command = await of(client);
  assert.equal(command, 'tunelint-rule:/fp16-overflows-model.md');
  const position = { line: 0, character: text.indexOf('float16') };
  const hover = await client.request<Hover>('textDocument/hover', {
    textDocument: { uri },
    position,
  });
  assert.match(JSON.stringify(hover.contents), /source: \[[^\]]+\]\(https:[^)]+33317\)/);
  const capabilities = { textDocument: { diagnostic: { codeDescriptionSupport: true } } };
  const plain = await connect(core, { capabilities });
  assert.equal(await of(plain), 'file:///pages/fp16-overflows-model.md');
  plain.close();
});

test('go to definition opens the config that a command names', async () => {
  const client = await started();
  const position = at('configs/sft');
  const found = await client.request<Location>('textDocument/definition', {
    textDocument,
    position,
  });
  assert.equal(found.uri, CONFIG);
  const elsewhere = { textDocument, position: at('swift') };
  assert.equal(await client.request('textDocument/definition', elsewhere), null);
});

test('the outline holds the runs with their options', async () => {
  const symbols = await (await started()).request<DocumentSymbol[]>('textDocument/documentSymbol', {
    textDocument,
  });
  assert.match(symbols[0]?.name ?? '', /^Qwen2\.5-7B-Instruct · LoRA r8 · bf16/);
  const options = symbols[0]?.children?.map(({ name, detail }) => `${name}=${detail}`);
  assert.deepEqual(options, [
    'model=Qwen/Qwen2.5-7B-Instruct',
    'torch_dtype=bfloat16',
    'tuner_type=lora',
    'dataset=data.jsonl',
  ]);
  for (const { range, selectionRange } of symbols) {
    assert.ok(range.start.line <= selectionRange.start.line);
    assert.ok(range.end.line >= selectionRange.end.line);
  }
});

test('hover explains an option', async () => {
  const client = await started();
  const position = at('bfloat16');
  const hover = await client.request<Hover>('textDocument/hover', { textDocument, position });
  assert.match(JSON.stringify(hover.contents), /bf16/);
});

test('the hover on the run names where its memory figures come from, as links', async () => {
  const client = await started();
  const position = at('swift');
  const hover = await client.request<Hover>('textDocument/hover', { textDocument, position });
  const text = JSON.stringify(hover.contents);
  assert.match(text, /\[docs\/estimate\.md\]\(file:\/\/\/pages\/estimate\.md\)/);
  assert.match(text, /dimensions of Qwen\/Qwen2\.5-7B-Instruct: \[[^\]]+\]\(https:/);
});

test('completion proposes the values of a choice', async () => {
  const client = await started();
  const position = at('bfloat16', true);
  const params = { textDocument, position };
  const items = await client.request<CompletionItem[]>('textDocument/completion', params);
  const labels = items.map(({ label }) => label);
  for (const dtype of ['bfloat16', 'float16', 'float32']) assert.ok(labels.includes(dtype), dtype);
});

test('a finding in the config that is run stands in the config, not in the script', async () => {
  const client = await started();
  await client.open(CONFIG, YAML.replace('bf16: true', 'fp16: true\nbf16: true'), 'yaml');
  type Report = { items: { message: string }[] };
  const of = (uri: string) =>
    client.request<Report>('textDocument/diagnostic', { textDocument: { uri } });
  assert.deepEqual((await of(SCRIPT)).items, []);
  assert.ok((await of(CONFIG)).items.length > 0);
});
