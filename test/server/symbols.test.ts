import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { DocumentSymbol, Position, Range } from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { type Client, connect } from './harness.ts';

let client: Client | undefined;
after(() => client?.close());

async function outline(name: string, languageId: string, text: string): Promise<DocumentSymbol[]> {
  client ??= await connect(core);
  const uri = `file:///ws/${name}`;
  await client.open(uri, text, languageId);
  return client.request('textDocument/documentSymbol', { textDocument: { uri } });
}

const before = (a: Position, b: Position) =>
  a.line < b.line || (a.line === b.line && a.character <= b.character);
const holds = (outer: Range, inner: Range) =>
  before(outer.start, inner.start) && before(inner.end, outer.end);

/** The names, each below the one that it belongs to; every range must lie in that around it. */
function namesOf(symbols: readonly DocumentSymbol[], around?: Range): unknown[] {
  return symbols.map(({ name, range, selectionRange, children = [] }) => {
    assert.ok(holds(range, selectionRange), `${name}: its name lies in it`);
    assert.ok(around === undefined || holds(around, range), `${name} lies in what is around it`);
    return children.length === 0 ? name : [name, ...namesOf(children, range)];
  });
}

const LAUNCH =
  'deepspeed --num_gpus 2 train.py \\\n  --model_name_or_path x \\\n  --deepspeed ds.json --output_dir o\n';

test('the options of a launcher are among those of the command that it starts', async () => {
  const symbols = await outline('run.sh', 'shellscript', LAUNCH);
  assert.deepEqual(namesOf(symbols), [
    ['train.py', 'num_gpus', 'model_name_or_path', 'deepspeed', 'output_dir'],
  ]);
});

const ZERO = `{
  "zero_optimization": {
    "stage": 2,
    "offload_optimizer": { "device": "cpu" }
  },
  "train_micro_batch_size_per_gpu": 1
}
`;

test('a config is called by its framework, and what is nested is below what holds it', async () => {
  const symbols = await outline('ds.json', 'json', ZERO);
  assert.deepEqual(namesOf(symbols), [
    [
      'DeepSpeed',
      ['zero_optimization', 'stage', ['offload_optimizer', 'device']],
      'train_micro_batch_size_per_gpu',
    ],
  ]);
  assert.doesNotMatch(symbols[0]?.children?.[0]?.detail ?? '', /\n/);
});
