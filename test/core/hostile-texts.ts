import type { SourceFile } from '../../src-core/text/source-file.ts';

/** What each language's texts begin with: nothing, what passes the gate, and constructs left open behind that. */
const SHELL = 'swift sft \\\n  --model Qwen/Qwen2.5-7B-Instruct \\\n  --dataset x.json\n';
const YAML =
  'model_name_or_path: Qwen/Qwen2.5-7B\nstage: sft\nfinetuning_type: lora\ndataset: x\noutput_dir: o\n';
const JSON_CONFIG =
  '{\n  "train_micro_batch_size_per_gpu": 1,\n  "zero_optimization": {"stage": 2},\n';
const PYTHON = [
  'from trl import SFTConfig, SFTTrainer',
  'from transformers import HfArgumentParser, TrainingArguments',
  'args = SFTConfig(output_dir="o")',
  'SFTTrainer(model="Qwen/Qwen2.5-7B", args=args).train()\n',
].join('\n');
const LOG = [
  '***** Running training *****',
  'swift sft --model Qwen/Qwen2.5-7B-Instruct --dataset x.json',
  "{'loss': 1.5, 'learning_rate': 1e-5, 'epoch': 0.1}\n",
].join('\n');
const CELLS = '{"cells": [{"cell_type": "code", "source": [';

const behind = (start: string, ...opened: readonly string[]) => [
  '',
  start,
  ...opened.map((one) => start + one),
];

const OPENINGS: Readonly<Record<string, readonly string[]>> = {
  shell: [
    ...behind(SHELL, 'X=', 'X="', '$(', '`', 'cat <<A\n', 'if [ ', '# ', '# tunelint: ', '(('),
    ...behind('swift sft --model ', '"', "'", '\\\n').slice(1),
    ...['swift sft --', 'deepspeed ', 'accelerate launch ', 'python train.py ', 'pip install '],
    ...['#!/bin/bash\n#SBATCH ', `# tunelint: gpu=A100\n${SHELL}# tunelint: ignore[`],
    ...[`${SHELL}export PYTORCH_CUDA_ALLOC_CONF=`, "swift sft --deepspeed '{", `all:\n\t${SHELL}`],
  ],
  yaml: [
    ...behind(
      YAML,
      'k: ',
      'k: "',
      "k: '",
      'k: [',
      'k: {',
      'k: |\n  ',
      'k: >\n  ',
      'k:\n  - ',
      '? ',
    ),
    ...behind(YAML, '# ', '# tunelint: ', 'learning_rate: ', '---\n', '&a ', 'k: !').slice(2),
    ...['base_model: x\ndatasets:\n  - path: ', 'compute_environment: LOCAL_MACHINE\n'],
  ],
  json: [
    ...behind(JSON_CONFIG, '"a": ', '"a": "', '"a": [', '"a": {', '"fp16": {"enabled": ', '// '),
    ...['[', '{"', '{"train_batch_size": ', `${JSON_CONFIG}/* `],
  ],
  python: [
    ...behind(PYTHON, 'from trl import (', 'f(', 'x = ', 'x = "', 'x = """', '# ', 'SFTConfig('),
    ...behind(PYTHON, 'SFTConfig(output_dir=', 'parser = HfArgumentParser(', 'def f(').slice(2),
    ...behind(PYTHON, 'class A(', 'class A:\n  ', 'if ', '!', '%%bash\n', 'x = {', 'f"').slice(2),
    ...behind(PYTHON, '# tunelint: ', 'model.', 'set_defaults(', 'from ', 'setattr(').slice(2),
  ],
  log: [
    ...behind(
      LOG,
      "{'loss': ",
      "{'loss': 1.0, ",
      'Step 1 | ',
      ' iteration 1/ 10 | ',
      'loss: 1.0, ',
    ),
    ...behind(LOG, 'RuntimeError: ', 'CUDA out of memory. ', '1/10 [00:01<', 'swift sft ').slice(2),
    ...['Traceback (most recent call last):\n', 'iteration 1/ 1 |', '{"log_history": ['],
  ],
  notebook: ['', '"', ...[PYTHON, `!${SHELL}`].map((code) => `${JSON.stringify(code)},"`)].map(
    (one) => CELLS + one,
  ),
};

/** What comes again and again behind it. */
const PUMPS: readonly string[] = [
  ...[' ', '\t', '\n', '\r', '\r\n', '\f', '#', '(', ')', '()', '[', '[]', '{', '{}', '{{', '}}'],
  ...['"', "'", '\\', '"\\', '\\"', '`', '-', '--', '--a ', '--a=', 'a', '_', 'a.', '.', 'a=', '='],
  ...['a = ', 'a, ', ',', ';', ':', 'a: ', '$(', '$((', '${', '$a', '${a:-', '<<A ', '<', '|', '&'],
  ...[
    '&a ',
    '*a ',
    '- ',
    '? ',
    '!a ',
    '%',
    '1',
    '1.',
    '1:',
    '/',
    '//',
    '/*',
    '@',
    '~',
    'f(',
    'f()(',
  ],
  ...['x if ', 'lambda: ', 'not ', 'from a import (', 'from a import b\n', 'class a(', 'train'],
  ...['Model', 'deepspeed a ', 'Error', 'iteration 1/ 1 | ', "'a': 1, ", '1/1 [', 'if a; then '],
  ...[
    'export A=1 ',
    'A=$A$A\n',
    'A+=a\n',
    'set -b',
    '[[ ',
    '\\\n',
    'a \\\n',
    '# a\n',
    'as ',
    '\u2028',
  ],
  ...[
    'set_defaults(',
    'vars(a)[',
    'requires_grad',
    '"a": 1, ',
    '"a": {',
    '"a": [',
    '[1,',
    'a: &a ',
  ],
  ...['- - ', '- a: ', '_deps=[', 'pip install a[', 'HfArgumentParser(', '__a', 'a/', '<a ', '(a '],
];

const PATHS: Readonly<Record<string, string>> = {
  notebook: 'x.ipynb',
  log: 'x.log',
  json: 'x.json',
};

/** A text of the file: what it opens with, and so many units of one thing, in one line or in many. */
export interface Hostile {
  readonly name: string;
  file(length: number): SourceFile;
}

function hostile(kind: string, opening: string, pump: string): Hostile {
  const language = kind === 'notebook' ? 'json' : (kind as SourceFile['language']);
  const path = PATHS[kind] ?? 'x';
  return {
    name: `${kind}: ${JSON.stringify(opening.slice(-20))} and ${JSON.stringify(pump)} many times`,
    file(length) {
      const body = pump.repeat(Math.ceil(length / pump.length));
      const inner = kind === 'notebook' ? JSON.stringify(body).slice(1, -1) : body;
      return { path, language, text: `${opening}${inner}!\n` };
    },
  };
}

const sharp = `(\n${`${'#'.repeat(71)}\n`.repeat(20)}`;
/** Texts that once took minutes. */
const KNOWN: readonly Hostile[] = [
  hostile('python', PYTHON, `from trl import ${sharp}`),
  hostile('yaml', `${YAML}k: >\n  `, '"\n'),
  hostile('shell', SHELL, 'cat <<A <<B\n'),
  hostile('python', PYTHON, 'x = A(x=1).b(x=1)'),
  hostile('python', `${PYTHON}x = a(x=1)`, '.B(x=1)'),
  hostile('python', PYTHON, 'a = b(a=1)\n'),
  hostile('shell', '', 'CUDA_VISIBLE_DEVICES=1\nexport X\n'),
];

function* everyText(): Generator<Hostile> {
  for (const [kind, openings] of Object.entries(OPENINGS))
    for (const opening of openings)
      for (const pump of PUMPS)
        for (const end of pump.endsWith('\n') ? [''] : ['', '\n'])
          yield hostile(kind, opening, pump + end);
}

/** All of them, or with `step` the known ones and one in so many of the others. */
export function hostileTexts(step: number): readonly Hostile[] {
  return [...KNOWN, ...[...everyText()].filter((_, i) => i % step === 0)];
}
