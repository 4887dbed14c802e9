import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { CancellationTokenSource, type Diagnostic } from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { type Client, connect } from './harness.ts';

const URI = 'file:///ws/long.sh';
const LINES = 50_000;
const EDITS = 20;
/** The line of a value that is edited: of the first command. */
const LINE = 3;
const DTYPE = '  --torch_dtype ';
const COMMAND = `swift sft \\
  --model Qwen/Qwen2.5-7B-Instruct \\
  --attn_impl eager \\
${DTYPE}float16 \\
  --dataset data.jsonl
`;
const REST = '# A line of notes between the commands.\n'.repeat(1000);

function longScript(): string {
  const block = COMMAND + REST;
  const blocks = Math.ceil(LINES / (block.split('\n').length - 1));
  return block.repeat(blocks).split('\n').slice(0, LINES).join('\n');
}

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function start(text: string, counted: typeof core): Promise<Client> {
  const client = await connect(counted);
  open.push(client);
  await client.open(URI, text);
  return client;
}

type Report = { readonly items: readonly Diagnostic[] };

/** What a server says that is asked about the text once. */
async function askedOnce(text: string): Promise<Report> {
  const client = await start(text, core);
  return client.request('textDocument/diagnostic', { textDocument: { uri: URI } });
}

test('of twenty edits of a long file with a question each only the last question is answered', async () => {
  let analyses = 0;
  const analyze: typeof core.analyze = (input) => {
    analyses += 1;
    return core.analyze(input);
  };
  const text = longScript();
  const client = await start(text, { ...core, analyze });
  const params = { textDocument: { uri: URI } };
  const before = await client.request<Report>('textDocument/diagnostic', params);
  analyses = 0;
  const answers: Promise<Report>[] = [];
  await client.burst(() => {
    let source = new CancellationTokenSource();
    for (let i = 0; i < EDITS; i++) {
      const [old, now] = i % 2 === 0 ? ['float16', 'bfloat16'] : ['bfloat16', 'float16'];
      void client.edit(URI, i + 2, [LINE, DTYPE.length], old.length, i === EDITS - 1 ? '' : now);
      source.cancel(); // an editor takes a question back that an edit made old
      source = new CancellationTokenSource();
      const method = 'textDocument/diagnostic';
      answers.push(client.connection.sendRequest<Report>(method, params, source.token));
    }
  });
  const settled = await Promise.allSettled(answers);
  const last = settled.at(-1);
  for (const one of settled.slice(0, -1)) {
    assert.equal(one.status, 'rejected');
    assert.equal(one.reason.code, -32800);
  }
  assert.equal(last?.status, 'fulfilled');
  const changed = text.replace(`${DTYPE}float16`, DTYPE);
  const { items } = last.value;
  assert.deepEqual(items, (await askedOnce(changed)).items);
  assert.notDeepEqual(items, before.items);
  assert.equal(analyses, 1);
});
