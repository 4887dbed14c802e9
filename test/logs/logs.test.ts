// Reading and judging training logs: forms, bounds, and text that is none.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { analyze, isTrainingFile } from '../../src-core/index.ts';
import { isTrainingLog } from '../../src-core/logs/gate.ts';
import { readDuration, readNumber } from '../../src-core/logs/pairs.ts';
import { readLog } from '../../src-core/logs/read-log.ts';
import type { LogEntry } from '../../src-core/logs/training-log.ts';

const file = (text: string, path = 'train.log') => ({ path, text, language: 'log' as const });
const entriesOf = (text: string) => readLog(file(text)).runs.flatMap(({ entries }) => entries);
const only = (text: string): LogEntry => {
  const [entry, ...others] = entriesOf(text);
  assert.ok(entry);
  assert.equal(others.length, 0);
  return entry;
};
const rulesOf = (text: string, path?: string) =>
  analyze({ file: file(text, path), settings: {} }).findings.map(({ rule }) => rule);
const ESC = String.fromCharCode(27);

describe('an entry', () => {
  test('is read from each form, every value with its place', () => {
    const forms = [
      "{'loss': 1.25, 'grad_norm': 0.5, 'learning_rate': 1e-05, 'epoch': 0.1}",
      "{'loss': '1.25', 'grad_norm': '0.5', 'learning_rate': '1e-05', 'epoch': '0.1'}",
      '{"loss": 1.25, "grad_norm": 0.5, "lr": 1e-05, "epoch": 0.1}',
      "{'loss': np.float64(1.25), 'grad_norm': tensor(0.5, device='cuda:0'), 'lr': 1e-05, 'epoch': 0.1}",
      `${ESC}[1m{${ESC}[32m'loss'${ESC}[0m: ${ESC}[36m1.25${ESC}[0m, 'grad_norm': 0.5, 'lr': 1e-05, 'epoch': 0.1}`,
      '{\n  "epoch": 0.1,\n  "grad_norm": 0.5,\n  "learning_rate": 1e-05,\n  "loss": 1.25\n}',
      'Step 3 | loss:1.25 lr:1e-05 grad_norm:0.5 epoch:0.1 ',
    ];
    for (const form of forms) {
      const text = `noise ${form}\nmore`;
      const { loss, gradNorm, learningRate, epoch } = only(text);
      const values = [loss, gradNorm, learningRate, epoch].map((one) => one?.value);
      assert.deepEqual(values, [1.25, 0.5, 1e-5, 0.1], form);
      assert.equal(text.slice(loss?.span.start, loss?.span.end), '1.25', form);
    }
  });

  test('takes its step and time from the bar that counts steps, not from another', () => {
    const text =
      '***** Running training *****\n  Total optimization steps = 2,724\n' +
      '\r 14%|█▍  | 380/2724 [14:02:33<86:01:24, 132.12s/it]\r 50%|██ | 4/8 [00:02<00:02, 1.2it/s]\n' +
      `${' '.repeat(200)}\n{'loss': 2.0, 'epoch': 0.28}\n`;
    const { step, elapsed } = only(text);
    assert.deepEqual([step?.value, elapsed?.value], [380, 50_553]);
  });

  test('of the newer ms-swift has step, time and memory', () => {
    const text =
      "{'loss': 2.3, 'epoch': 0.1, 'global_step/max_steps': '12/100', 'elapsed_time': '1h 3m 25s', 'memory(GiB)': 12.5}";
    const { step, elapsed, memory } = only(text);
    assert.deepEqual([step?.value, elapsed?.value, memory?.value], [12, 3805, 12.5]);
  });

  test('needs a loss or a gradient', () => {
    assert.deepEqual(entriesOf("{'instruction': 'x', 'output': 'y'} {'epoch': 1, 'step': 2}"), []);
    assert.deepEqual(entriesOf('the loss: 3 of us, and more'), []);
  });
});

test('numbers and durations are read as Python writes them', () => {
  const read = ['nan', 'NaN', '-inf', 'Infinity', '1e-05', '.5', '1_000', '', '0x10'].map(
    readNumber,
  );
  assert.deepEqual(read, [
    NaN,
    NaN,
    -Infinity,
    Infinity,
    1e-5,
    0.5,
    undefined,
    undefined,
    undefined,
  ]);
  const times = ['25s', '3m 25s', '1d 0h 0m 1s', '0:03:25', '1 day, 0:00:01', '14:02', 'soon'];
  assert.deepEqual(times.map(readDuration), [25, 205, 86_401, 205, 86_401, 842, undefined]);
});

describe('the gate', () => {
  const entry = "{'loss': 1.2, 'grad_norm': 0.5, 'epoch': 0.1}\n";
  test('lets logs in, and failures of a trainer', () => {
    assert.ok(isTrainingLog(entry, 'a.txt'));
    assert.ok(isTrainingLog(`${'x\n'.repeat(2e6)}${entry}`, 'a.log'), 'an entry at the end');
    assert.ok(isTrainingLog('File "train.py"\nRuntimeError: CUDA out of memory. Tried', 'a.err'));
    assert.ok(isTrainingLog(`{"log_history": [${entry}]}`, 'trainer_state.json'));
  });
  test('keeps everything else out', () => {
    assert.ok(!isTrainingLog('', 'a.log'));
    assert.ok(!isTrainingLog('GET /index.html 200\nconnection loss: 3 packets\n', 'access.log'));
    assert.ok(
      !isTrainingLog('If train.py says CUDA out of memory, halve the batch.\n', 'notes.txt'),
    );
    assert.ok(!isTrainingLog('CUDA out of memory. Tried to allocate\n', 'server.log'));
    assert.ok(!isTrainingLog(entry, 'trainer_state.json'), 'no log_history');
    assert.ok(!isTrainingFile(file('torchrun train.py --fp16 true', 'a.txt')));
  });
  test('decides alone: without it no finding', () => {
    const { findings, framework, runs } = analyze({ file: file('loss 0\n'), settings: {} });
    assert.deepEqual([findings.length, framework, runs.length], [0, null, 0]);
  });
});

describe('a command in the log', () => {
  const oom =
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has a total capacity of 23.65 GiB of which 11.06 MiB is free.\n';
  const command =
    'swift sft --model Qwen/Qwen2.5-14B-Instruct --torch_dtype bfloat16 --tuner_type lora --max_length 4096 --dataset x.json';
  const relatedOf = (text: string) =>
    analyze({ file: file(text), settings: {} }).findings.flatMap(({ related }) => related);

  test('explains what came of it, at its own place', () => {
    for (const prefix of ['+ ', '$ ', 'root@box:/w# ', '', '[INFO] [runner.py] cmd = ']) {
      const text = `${prefix}${command}\n${oom}`;
      const [place] = relatedOf(text);
      assert.match(place?.message ?? '', /^does-not-fit: .*Would help/, prefix);
      assert.equal(text.slice(place?.span.start, place?.span.end), 'Qwen/Qwen2.5-14B-Instruct');
    }
  });
  test('what would help stands behind a question, too', () => {
    const slip = command.replace('--max_length', '--max_lenght');
    const end =
      "Traceback (most recent call last):\nValueError: remaining_argv: ['--max_lenght']\n";
    const [place] = relatedOf(`$ ${slip}\n${end}`);
    assert.match(place?.message ?? '', /Did you mean `max_length`\? Would help: Rename to/);
  });
  test('that is no training leaves the finding alone', () => {
    assert.deepEqual(relatedOf(`$ python train.py --x 1\n${oom}`), []);
  });
  test('may name files, which are asked for', () => {
    const text = `$ llamafactory-cli train conf/a.yaml\n${oom}`;
    const { wanted } = analyze({ file: file(text), settings: {} });
    assert.ok(wanted.includes('conf/a.yaml'), wanted.join());
  });
});

test('a severity of the settings holds, and off is off', () => {
  const text = "{'loss': 1.0, 'epoch': 0.1}\n{'loss': nan, 'epoch': 0.2}\n";
  const found = (level: 'hint' | 'off') =>
    analyze({ file: file(text), settings: { rules: { 'nan-loss': level } } }).findings;
  assert.deepEqual(
    found('hint').map(({ severity }) => severity),
    ['hint'],
  );
  assert.deepEqual(found('off'), []);
  assert.deepEqual(rulesOf(text), ['nan-loss']);
});

test('any text is read without a throw, and spans lie within it', () => {
  const piece = fc.constantFrom(
    "{'loss': 1.5, 'epoch': 0.1}\n",
    "{'loss': nan, 'grad_norm': 'inf', ",
    '{"loss": 0.0, "step": 3}',
    'Step 4 | loss:',
    'iteration 3/ 9 | lm loss: 1 | loss scale: 1 |',
    'Attempted loss scale: 1, reducing to 1\n',
    'RuntimeError: CUDA out of memory. Tried to allocate 1.5.2 GiB',
    'Current loss scale already at minimum',
    '***** Running training *****\n',
    'Attempting to unscale FP16 gradients\n',
    'swift sft --model x --torch_dtype float16 \\\n',
    ' 3/9 [00:01<00:02, 1.0it/s]\r',
    `${ESC}[3`,
    "'",
    '{',
  );
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 60 });
  fc.assert(
    fc.property(text, (pieces) => {
      const whole = `{'loss': 1.5, 'epoch': 0.1}\n${pieces.join('')}`;
      const { findings, failures } = analyze({ file: file(whole), settings: {} });
      assert.deepEqual(failures, []);
      for (const { span, related } of findings)
        for (const { start, end } of [span, ...related.map((one) => one.span)])
          assert.ok(0 <= start && start < end && end <= whole.length);
    }),
    { numRuns: 300 },
  );
});

test('fifty megabytes are read whole, and what is kept is bounded', () => {
  const line = "{'loss': 1.9543, 'grad_norm': 0.35, 'learning_rate': 5e-05, 'epoch': 1.06}\n";
  const text = `${line.repeat(Math.ceil(5e7 / line.length))}ValueError: Attempting to unscale FP16 gradients.\n`;
  const { runs } = readLog(file(text));
  assert.equal(runs.length, 1);
  assert.equal(runs[0]?.entries.length, 200_000);
  assert.equal(runs[0]?.errors.length, 1);
});
