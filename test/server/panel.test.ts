import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { TextEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  EVALUATION,
  type PanelData,
  type PanelWithout,
  type WhatIf,
} from '../../server/proto/panel.ts';
import { SUMMARY, type SummaryItem } from '../../server/proto/requests.ts';
import * as core from '../../src-core/index.ts';
import { type Client, connect } from './harness.ts';

const SHELL = `# Two runs of one model.
swift sft \\
  --model Qwen/Qwen2.5-7B-Instruct \\
  --torch_dtype bfloat16 \\
  --tuner_type lora \\
  --gradient_accumulation_steps 16 \\
  --dataset data.jsonl
swift sft --model Qwen/Qwen2.5-0.5B --tuner_type lora --lora_rank 4 --dataset data.jsonl
`;
const YAML = `model_name_or_path: Qwen/Qwen2.5-7B-Instruct
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 8
gradient_accumulation_steps: 16
dataset: identity
template: qwen
output_dir: out
bf16: true
`;

interface File {
  readonly uri: string;
  readonly languageId: 'shellscript' | 'yaml';
  readonly text: string;
}

const SCRIPT: File = { uri: 'file:///ws/train.sh', languageId: 'shellscript', text: SHELL };
const FILES: readonly File[] = [
  SCRIPT,
  { uri: 'file:///ws/sft.yaml', languageId: 'yaml', text: YAML },
];

/** What is tried, and what then stands in a file of each language. */
const TRIED: readonly { readonly changes: WhatIf; readonly shellscript: RegExp; yaml: RegExp }[] = [
  {
    changes: { optimizer: 'adafactor' },
    shellscript: /--optim adafactor/,
    yaml: /^optim: adafactor$/m,
  },
  { changes: { loraRank: 32 }, shellscript: /--lora_rank 32/, yaml: /^lora_rank: 32$/m },
  {
    changes: { gradientCheckpointing: false },
    shellscript: /--gradient_checkpointing false/,
    yaml: /^disable_gradient_checkpointing: true$/m,
  },
  {
    changes: { gradientAccumulation: 4 },
    shellscript: /--gradient_accumulation_steps 4 /,
    yaml: /^gradient_accumulation_steps: 4$/m,
  },
];

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

/** The panel of one run of a file, in a session of its own. */
interface Panel {
  ask(changes: WhatIf): Promise<PanelData>;
  /** What the server answers, and the edits that it asks for. */
  apply(changes: WhatIf): Promise<{ answer: boolean; edits: readonly WorkspaceEdit[] }>;
  readonly client: Client;
}

async function panelOf({ uri, languageId, text }: File, applied = true): Promise<Panel> {
  const client = await connect(core, { options: { gpu: 'RTX 4090D' } });
  open.push(client);
  const edits: WorkspaceEdit[] = [];
  client.connection.onRequest('workspace/applyEdit', ({ edit }: { edit: WorkspaceEdit }) => {
    edits.push(edit);
    return { applied };
  });
  await client.open(uri, text, languageId);
  return {
    client,
    ask: (changes) => client.request('tunelint/panel', { uri, run: 0, changes }),
    async apply(changes) {
      const answer = await client.request<boolean>('tunelint/panelApply', { uri, run: 0, changes });
      return { answer, edits };
    },
  };
}

/** The edits of the only document that is changed. */
function onlyEdits(uri: string, edits: readonly WorkspaceEdit[]): readonly TextEdit[] {
  assert.equal(edits.length, 1);
  const [change, ...others] = edits[0]?.documentChanges ?? [];
  assert.deepEqual(others, []);
  assert.ok(change && 'edits' in change);
  assert.equal(change.textDocument.uri, uri);
  return change.edits.filter((edit): edit is TextEdit => 'newText' in edit);
}

function after({ uri, languageId, text }: File, edits: readonly TextEdit[]): File {
  const document = TextDocument.create(uri, languageId, 1, text);
  return { uri, languageId, text: TextDocument.applyEdits(document, [...edits]) };
}

for (const file of FILES)
  for (const { changes, ...patterns } of TRIED)
    test(`${file.uri}: ${JSON.stringify(changes)} is written, and read back`, async () => {
      const panel = await panelOf(file);
      const tried = await panel.ask(changes);
      assert.deepEqual(tried.refused, []);
      assert.ok(tried.writable);
      const { answer, edits } = await panel.apply(changes);
      assert.ok(answer);
      const written = after(file, onlyEdits(file.uri, edits));
      assert.match(written.text, patterns[file.languageId]);
      const read = await (await panelOf(written)).ask({});
      assert.deepEqual({ ...read.values, ...changes }, read.values);
      assert.deepEqual(read.need, tried.need);
    });

test('several changes are one edit of the file', async () => {
  for (const file of FILES) {
    const changes: WhatIf = Object.assign({}, ...TRIED.map((one) => one.changes));
    const { edits } = await (await panelOf(file)).apply(changes);
    const one = onlyEdits(file.uri, edits);
    assert.equal(one.length, 1);
    const read = await (await panelOf(after(file, one))).ask({});
    assert.deepEqual({ ...read.values, ...changes }, read.values);
  }
});

test('an edit that the client refuses, and a file that is not open, are said to be unwritten', async () => {
  const refused = await (await panelOf(SCRIPT, false)).apply({ loraRank: 32 });
  assert.equal(refused.answer, false);
  assert.equal(refused.edits.length, 1);
  const { client } = await panelOf(SCRIPT);
  const params = { uri: 'file:///ws/closed.sh', run: 0, changes: { loraRank: 32 } };
  assert.equal(await client.request('tunelint/panelApply', params), false);
});

test('what is tried and is what stands in the file is no change, and nothing that cannot be written', async () => {
  for (const file of FILES) {
    const panel = await panelOf(file);
    const written = await panel.ask({});
    assert.equal(written.values.quantization, 'none');
    const again = await panel.ask(written.values);
    assert.deepEqual([again.refused, again.writable], [[], false]);
  }
});

test('an error that only what is tried brings is told with the figures', async () => {
  const full = { ...SCRIPT, text: SHELL.replace('--tuner_type lora', '--tuner_type full') };
  const panel = await panelOf(full);
  assert.deepEqual((await panel.ask({})).errors, []);
  assert.deepEqual((await panel.ask({ maxLength: 30_000 })).errors, []);
  const [error = '', ...others] = (await panel.ask({ quantization: 'nf4' })).errors;
  assert.match(error, /4-bit weights are frozen/);
  assert.deepEqual(others, []);
  const lora = await panelOf(SCRIPT);
  assert.deepEqual((await lora.ask({ quantization: 'nf4' })).errors, []);
});

test('the summary says which run of the document each item is', async () => {
  const { client } = await panelOf(SCRIPT);
  const { uri } = SCRIPT;
  const items = await client.request<SummaryItem[]>(SUMMARY, { uri });
  assert.deepEqual(
    items.map(({ run, line }) => [run, line]),
    [
      [0, 1],
      [1, 7],
    ],
  );
  const second = await client.request<PanelData>('tunelint/panel', { uri, run: 1, changes: {} });
  assert.match(second.title, /^Qwen2\.5-0\.5B · LoRA r4/);
});

test('a run without an estimate is answered with what is not known of it', async () => {
  const why = async (text: string) => {
    const { ask } = await panelOf({ uri: 'file:///ws/why.sh', languageId: 'shellscript', text });
    return (await ask({})) as unknown as PanelWithout;
  };
  const unknown = 'swift sft --model someone/else --tuner_type lora --dataset x\n';
  assert.match((await why(unknown)).why, /the model’s dimensions are not known/);
  const open = 'swift sft --model Qwen/Qwen2.5-7B --tuner_type "$T" --dataset x\n';
  assert.match((await why(open)).why, /whether all weights or adapters train/);
  const wild =
    'swift sft --model Qwen/Qwen2.5-7B --tuner_type lora --max_length 99999999999 --dataset x\n';
  assert.match((await why(wild)).why, /no count that a card could hold/);
});

test('the chart goes on with an evaluation that is asked for, and the figure is of the training', async () => {
  const evaluates = SHELL.replace(
    '--dataset data.jsonl',
    '--dataset data.jsonl --split_dataset_ratio 0.1 --eval_strategy steps --per_device_eval_batch_size 8',
  );
  const [without, beside] = await Promise.all(
    [SHELL, evaluates].map(async (text) => (await panelOf({ ...SCRIPT, text })).ask({})),
  );
  assert.ok(without && beside);
  assert.ok(without.series.samples.every(({ step }) => step < EVALUATION));
  const last = beside.series.samples.at(-1);
  assert.equal(last?.step, EVALUATION);
  assert.match(last?.label ?? '', /^forward/);
  assert.equal(beside.series.phases, false);
  assert.deepEqual(beside.need, without.need);
});
