// Commands that end before their options do, beside what bash makes of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { analyze } from '../../src-core/index.ts';
import { type CutBy, cutAfter } from '../../src-core/syntax/shell/cut.ts';
import { applyEdits } from '../../src-core/text/edit.ts';
import { parse } from './show.ts';

/** A script, and what ends its first command: `undefined` where all its options are there. */
const CASES: readonly (readonly [text: string, by: CutBy | undefined, lost?: string])[] = [
  ['run --a 1 \\\n  --b 2\n', undefined],
  ['run --a 1\n  --b 2 \\\n  --c\n', 'line end', '--b 2'],
  ['run --a 1 \\ \n  --b 2\n', 'blank', '--b 2'],
  ['run --a 1 \\\t\n  -b 2\n', 'blank', '-b 2'],
  ['run --a 1\\ \n  --b 2\n', 'blank', '--b 2'],
  ['run --a 1 \\ # why\n  --b 2\n', 'blank', '--b 2'],
  ['run --a 1 \\  # why \\\n  --b 2\n', 'blank', '--b 2'],
  ['run --a 1 \\ \n', 'blank'],
  ['run --a 1 \\ # why\n', 'blank'],
  ['run --a 1 \\ \nrun --b 2\n', 'blank'],
  ['run --a 1 \\\n  # --b 2 \\\n  --c\n', 'comment', '--c'],
  ['run --a 1 \\\n  # --b 2\n  # --c\n  --d\n', 'comment', '--d'],
  ['run --a 1 # why \\\n  --b 2\n', 'comment', '--b 2'],
  ['run --a 1 # why\n  --b 2\n', 'comment', '--b 2'],
  ['run --a 1 \\\n  # --b 2\n', undefined],
  ['run --a 1 `# --b 2` \\\n  --c\n', undefined],
  ['run --a 1 \\\n\n  --b 2\n', 'empty line', '--b 2'],
  ['run --a 1 \\\n  \t\n  --b 2\n', 'empty line', '--b 2'],
  ['run --a 1 > /dev/null 2>&1\n  --b 2\n', 'line end', '--b 2'],
  ['run a=1\n  model.b=2\n', 'line end', 'model.b=2'],
  ['run a=1 \\\n  # b=2 \\\n  c=3\n', 'comment', 'c=3'],
  ['run a=1 \\ \n  c=3 \\\n  d=4\nrun\n', 'blank', 'c=3'],
  ['run a=1 \\\n  # b=2\nc=3\n', undefined],
  ['run a=1 \\\n  # b=2\nC=3 run\n', undefined],
  ['run a=1\n  c=3\n', undefined],
  ['run --a "x\n  --b 2"\n', undefined],
  ['run --a 1\nrun --b 2\n', undefined],
];

/** What bash hands to `run` the first time, and the names of commands that it did not find. */
function bash(script: string) {
  const stub = 'run() { printf "%s\\0" "$@" >&3; printf "\\n" >&3; }';
  const lost = 'command_not_found_handle() { printf "%s" "$1" >&4; }';
  const { output, error } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-c', `${stub}\n${lost}\n${script}`],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    },
  );
  assert.equal(error, undefined);
  const words = (output[3] ?? '').split('\0\n')[0]?.split('\0') ?? [];
  return { words, notFound: output[4] ?? '' };
}

describe('a command ends where bash ends it', () => {
  for (const [text, by, lost] of CASES)
    test(JSON.stringify(text), () => {
      const document = parse('shell', text);
      const cut = cutAfter(document, 0);
      assert.equal(cut?.by, by);
      assert.equal(cut?.lost && text.slice(cut.lost.start, cut.lost.end), lost);
      const [command] = document.units;
      assert.ok(command?.kind === 'command');
      const ran = bash(text);
      assert.deepEqual(
        command.words.slice(1).map(({ value }) => value.text),
        ran.words,
      );
      // What only sets a variable is lost in silence.
      const name = /^[a-z]+=/.test(lost ?? '') ? '' : (lost?.split(' ')[0] ?? '');
      assert.equal(ran.notFound.startsWith(name), true, ran.notFound);
      assert.equal(ran.notFound === '', name === '');
    });

  test('and its fix gives the options back', () => {
    for (const [text, , lost] of CASES) {
      const edits = cutAfter(parse('shell', text), 0)?.edits;
      if (edits === undefined) continue;
      const fixed = applyEdits(text, edits);
      const ran = bash(fixed);
      assert.equal(ran.notFound, '', fixed);
      assert.ok(lost === undefined || ran.words.includes(lost.split(' ')[0] ?? ''), fixed);
      assert.ok(!ran.words.some((word) => /^ |#| $/.test(word)), fixed);
    }
  });
});

test('bash takes a carriage return for an argument, and the line ends with it', () => {
  const { words, notFound } = bash('run --a 1 \\\r\n  --b 2\r\n');
  assert.deepEqual(words, ['--a', '1', '\r']);
  assert.equal(notFound, '--b');
});

test('in a notebook a comment swallows what follows, and line ends are no matter', () => {
  const source =
    '!swift sft --model Qwen/Qwen2.5-0.5B --dataset a.json \\\r\n  # --x \\\r\n  --lora_rank 8';
  const cells = [{ cell_type: 'code', metadata: {}, outputs: [], source }];
  const text = JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  const file = { path: 'a.ipynb', language: 'json', text } as const;
  const { findings } = analyze({ file, settings: {} });
  assert.deepEqual(
    findings.map(({ rule, span }) => [rule, text.slice(span.start, span.end)]),
    [['cut-off-command', '--lora_rank 8']],
  );
});
