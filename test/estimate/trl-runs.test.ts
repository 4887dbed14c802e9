import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { analyze } from '../../src-core/analyze.ts';
import type { ConfigJson, VramRecord } from '../bench/vram-record.ts';

interface Golden {
  readonly defaults: ConfigJson;
  readonly archs: Readonly<Record<string, ConfigJson>>;
  readonly runs: readonly VramRecord[];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/vram-runs.json', import.meta.url), 'utf8'),
) as Golden;
const MODEL = './model';
const CONFIG = `${MODEL}/config.json`;

/** The command that a measured run of TRL's supervised training stands for. */
function commandOf(run: ConfigJson): string {
  const adapts = run.method !== 'full';
  const flags: Readonly<Record<string, unknown>> = {
    model_name_or_path: MODEL,
    dataset_name: 'x',
    dtype: run.torch_dtype,
    per_device_train_batch_size: run.batch,
    gradient_accumulation_steps: run.ga,
    max_length: run.seq,
    gradient_checkpointing: run.gc,
    optim: run.optim,
    use_liger_kernel: run.liger,
    ...(run.loss_type === undefined ? {} : { loss_type: run.loss_type }),
    ...(run.method === 'qlora'
      ? { load_in_4bit: true, use_bnb_nested_quant: true, bnb_4bit_quant_type: 'nf4' }
      : {}),
    ...(adapts
      ? {
          use_peft: true,
          lora_r: run.lora_r,
          lora_dropout: run.lora_dropout,
          lora_target_modules: run.lora_target,
        }
      : {}),
  };
  return ['trl sft', ...Object.entries(flags).map(([key, to]) => `--${key} ${to}`)].join(' ');
}

function expected(run: ConfigJson, version?: string): number {
  const text = commandOf(run);
  const files = new Map([[CONFIG, JSON.stringify(golden.archs[String(run.model)])]]);
  const settings = version === undefined ? {} : { versions: { trl: version } };
  const file = { path: 'train.sh', text, language: 'shell' } as const;
  const { runs } = analyze({ file, settings, files });
  return runs[0]?.numbers.estimate()?.peakAllocated.expected ?? Number.NaN;
}

const measured = golden.runs.filter(({ run }) => run.trainer === 'sft');

test('commands of trl sft need what their runs were measured to need', () => {
  assert.equal(measured.length, 12);
  for (const { run, peak_allocated = 0 } of measured) {
    const error = expected({ ...golden.defaults, ...run }) / peak_allocated - 1;
    // Their samples are equally long and no mask was passed, which no command can tell.
    assert.ok(error > -0.02 && error < 0.035, `${JSON.stringify(run)}: ${error}`);
  }
});

test('before TRL 1.7 all logits of the default loss are in memory at once', () => {
  for (const { run } of measured.filter((one) => one.run.liger !== true)) {
    const whole = { ...golden.defaults, ...run };
    assert.equal(expected(whole, '1.6.0'), expected({ ...whole, loss_type: 'nll' }));
  }
});
