// "Ignore ... here": the comment is put in, and the file is judged again.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { CodeAction, Diagnostic } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import * as core from '../../src-core/index.ts';
import { type Client, connect } from './harness.ts';

let client: Client | undefined;
let opened = 0;
after(() => client?.close());

/** The text after the action for the finding of `rule`; `undefined` when there is none. */
async function ignored(rule: string, text: string, language = 'shellscript') {
  client ??= await connect(core);
  const found = async (source: string) => {
    const uri = `file:///ws/${opened++}.${language === 'python' ? 'py' : 'sh'}`;
    await client?.open(uri, source, language);
    const report = await client?.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
      textDocument: { uri },
    });
    return { uri, items: report?.items ?? [] };
  };
  const { uri, items } = await found(text);
  const diagnostic = items.find(({ code }) => code === rule);
  assert.ok(diagnostic, `no ${rule} in ${JSON.stringify(items.map(({ code }) => code))}`);
  const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: diagnostic.range,
    context: { diagnostics: [], only: ['quickfix'] },
  });
  const action = actions.find(({ title }) => title === `Ignore ${rule} here`);
  const [change] = action?.edit?.documentChanges ?? [];
  if (change === undefined || !('edits' in change)) return undefined;
  const document = TextDocument.create(uri, language, 1, text);
  const edits = change.edits.flatMap((edit) => ('newText' in edit ? [edit] : []));
  const result = TextDocument.applyEdits(document, edits);
  const { items: left } = await found(result);
  const others = (all: Diagnostic[]) => all.map(({ code }) => code).filter((code) => code !== rule);
  assert.deepEqual(others(left), others(items));
  assert.ok(left.length < items.length, result);
  return result;
}

const COMMENT = /^\s*# tunelint: ignore\[unknown-key\]$/m;

/** The line that the comment was put above. */
const below = (text: string | undefined): string | undefined =>
  text?.slice(text.search(COMMENT)).trimStart().split('\n')[1];

const FLAGS = '--model Qwen/Qwen2.5-7B-Instruct --dataset x.json';

test('above the whole command', async () => {
  const text = `echo start\nswift sft \\\n  ${FLAGS} \\\n  --learning_rte 1e-4\n`;
  assert.equal(below(await ignored('unknown-key', text)), 'swift sft \\');
});

test('above the assignment of several lines', async () => {
  const text = `ARGS="\n  ${FLAGS}\n  --learning_rte 1e-4\n"\nswift sft $ARGS\n`;
  assert.equal(below(await ignored('unknown-key', text)), 'ARGS="');
});

test('above a line within an array', async () => {
  const text = `ARGS=(\n  ${FLAGS}\n  --learning_rte 1e-4\n)\nswift sft "\${ARGS[@]}"\n`;
  assert.equal(below(await ignored('unknown-key', text)), '  --learning_rte 1e-4');
});

test('above the command that a heredoc is for', async () => {
  const held = `swift sft \\\n  ${FLAGS} \\\n  --learning_rte 1e-4\n`;
  const read = `read -r -d '' cmd <<EOF\n${held}EOF\neval "$cmd"\n`;
  assert.equal(below(await ignored('unknown-key', read)), "read -r -d '' cmd <<EOF");
  const batch = `cd here && \\\n  sbatch <<EOF\n#!/bin/bash\n${held}EOF\n`;
  assert.equal(below(await ignored('unknown-key', batch)), 'cd here && \\');
});

test('above what a shell is handed in quotes', async () => {
  const text = `srun bash -c '\n  swift sft ${FLAGS} \\\n    --learning_rte 1e-4\n'\n`;
  assert.equal(below(await ignored('unknown-key', text)), "srun bash -c '");
});

const CALL = 'TrainingArguments(\n    output_dir="out",\n    learning_rte=1e-4,\n)\n';
const IMPORT = 'from transformers import TrainingArguments\n\n';

test('Python: above the line in brackets, or above what a backslash joins', async () => {
  const inBrackets = await ignored('unknown-key', `${IMPORT}args = ${CALL}`, 'python');
  assert.equal(below(inBrackets), '    learning_rte=1e-4,');
  const oneLine = 'TrainingArguments(output_dir="out", learning_rte=1e-4)\n';
  const joined = await ignored('unknown-key', `${IMPORT}args = \\\n    ${oneLine}`, 'python');
  assert.equal(below(joined), 'args = \\');
  const comment = await ignored('unknown-key', `${IMPORT}# no end \\\n${oneLine}`, 'python');
  assert.equal(below(comment), oneLine.trim());
});

test('Python: above a string of several lines', async () => {
  const text = `${IMPORT}args = TrainingArguments(output_dir="""\n""", learning_rte=1e-4)\n`;
  assert.equal(
    below(await ignored('unknown-key', text, 'python')),
    'args = TrainingArguments(output_dir="""',
  );
});

test('a notebook line with its continuation', async () => {
  const text = `!swift sft \\\n  ${FLAGS} \\\n  --learning_rte 1e-4\n`;
  assert.equal(below(await ignored('unknown-key', text, 'python')), '!swift sft \\');
});
