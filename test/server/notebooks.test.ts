import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type {
  CodeAction,
  CodeLens,
  Diagnostic,
  DocumentDiagnosticReport,
  DocumentSymbol,
  Hover,
  TextDocumentEdit,
} from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { type Client, connect, PULLS } from './harness.ts';

const BOOK = 'file:///ws/train.ipynb';
const cell = (name: string): string => `vscode-notebook-cell:/ws/train.ipynb#${name}`;
const INSTALL = '!pip install transformers==4.40.0\n';
const LOAD =
  'from transformers import AutoModelForCausalLM, TrainingArguments\nmodel = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-7B-Instruct")';
const ARGS =
  'args = TrainingArguments(\n    output_dir="out", per_device_train_batch_size=1,\n    fp16=True, evaluation_strategy="no")\n';

const structure = (name: string) => ({ kind: 2, document: cell(name) });
const item = (name: string, text: string) => ({
  uri: cell(name),
  languageId: 'python',
  version: 1,
  text,
});

interface Notebook extends Client {
  diagnostics(name: string): Promise<Diagnostic[]>;
  /** Tells of a change of the notebook. */
  change(cells: unknown): Promise<void>;
}

async function openBook(t: TestContext, cells: Record<string, string>): Promise<Notebook> {
  const capabilities = { ...PULLS, notebookDocument: { synchronization: {} } };
  const client = await connect(core, { capabilities });
  t.after(() => client.close());
  const names = Object.keys(cells);
  await client.connection.sendNotification('notebookDocument/didOpen', {
    notebookDocument: {
      uri: BOOK,
      notebookType: 'jupyter-notebook',
      version: 1,
      cells: names.map(structure),
    },
    cellTextDocuments: names.map((name) => item(name, cells[name] ?? '')),
  });
  return {
    ...client,
    async diagnostics(name) {
      const report = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', {
        textDocument: { uri: cell(name) },
      });
      return report.kind === 'full' ? report.items : [];
    },
    change: (changed) =>
      client.connection.sendNotification('notebookDocument/didChange', {
        notebookDocument: { uri: BOOK, version: 2 },
        change: { cells: changed },
      }),
  };
}

const told = (found: readonly Diagnostic[]) =>
  found.map(({ code, range: { start } }) => `${code} ${start.line}:${start.character}`);

describe('a notebook', () => {
  test('is judged whole, and each finding shown in its cell', async (t) => {
    const book = await openBook(t, { load: LOAD, args: ARGS });
    assert.deepEqual(told(await book.diagnostics('load')), []);
    assert.deepEqual(told(await book.diagnostics('args')), [
      'fp16-on-bf16-model 2:9',
      'renamed-key 2:15',
    ]);
    const ranges = (await book.diagnostics('args')).map(({ range }) => range.end);
    assert.deepEqual(ranges[1], { line: 2, character: 34 });
  });

  test('follows what another cell says, which version is installed with it', async (t) => {
    const book = await openBook(t, { load: LOAD, args: ARGS });
    assert.equal((await book.diagnostics('args')).length, 2);
    await book.change({
      structure: {
        array: { start: 0, deleteCount: 0, cells: [structure('install')] },
        didOpen: [item('install', INSTALL)],
      },
    });
    assert.deepEqual(told(await book.diagnostics('args')), ['fp16-on-bf16-model 2:9']);
    const at = { line: 0, character: 27 };
    await book.change({
      textContent: [
        {
          document: { uri: cell('install'), version: 2 },
          changes: [{ range: { start: at, end: { line: 0, character: 31 } }, text: '4.57' }],
        },
      ],
    });
    assert.deepEqual(told(await book.diagnostics('args')), [
      'fp16-on-bf16-model 2:9',
      'renamed-key 2:15',
    ]);
  });

  test('has hovers, lenses, an outline and fixes in its cells', async (t) => {
    const book = await openBook(t, { load: LOAD, args: ARGS });
    const textDocument = { uri: cell('args') };
    const hover = await book.request<Hover>('textDocument/hover', {
      ...{ textDocument, position: { line: 2, character: 5 } },
    });
    assert.deepEqual(hover.range?.start, { line: 2, character: 4 });
    const lenses = (name: string) =>
      book.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: cell(name) } });
    assert.equal((await lenses('load')).length, 0);
    const [lens, ...more] = await lenses('args');
    assert.equal(more.length, 0);
    assert.equal(lens?.range.start.line, 0);
    assert.match(lens?.command?.title ?? '', /Qwen2.5-7B-Instruct/);
    const [symbol] = await book.request<DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument,
    });
    assert.deepEqual(
      symbol?.children?.map(({ name, range }) => `${name} ${range.start.line}`),
      ['output_dir 1', 'per_device_train_batch_size 1', 'fp16 2', 'evaluation_strategy 2'],
    );
    const place = { line: 2, character: 20 };
    const actions = await book.request<CodeAction[]>('textDocument/codeAction', {
      ...{ textDocument, range: { start: place, end: place }, context: { diagnostics: [] } },
    });
    const rename = actions.find(({ title }) => title === 'Rename to `eval_strategy`');
    assert.deepEqual(rename?.edit?.documentChanges as TextDocumentEdit[], [
      {
        textDocument: { uri: cell('args'), version: 1 },
        edits: [
          {
            range: { start: { line: 2, character: 15 }, end: { line: 2, character: 34 } },
            newText: 'eval_strategy',
          },
        ],
      },
    ]);
  });

  test('is forgotten when it is closed', async (t) => {
    const book = await openBook(t, { load: LOAD, args: ARGS });
    await book.diagnostics('args');
    await book.connection.sendNotification('notebookDocument/didClose', {
      notebookDocument: { uri: BOOK },
      cellTextDocuments: [{ uri: cell('load') }, { uri: cell('args') }],
    });
    assert.deepEqual(await book.diagnostics('args'), []);
  });
});
