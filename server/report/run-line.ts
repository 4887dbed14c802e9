import { modelTitle } from '../../src-core/facts/model-names.ts';
import { cardCount } from '../../src-core/run/cards.ts';
import { known, type Sourced } from '../../src-core/run/sourced.ts';
import type { Stage, TrainingRun } from '../../src-core/run/training-run.ts';

/** One run in one line: `Qwen2.5-7B-Instruct · LoRA r8 · bf16 · 1 x 2048 tokens · RTX 4090D`. */
export function runLine(run: TrainingRun): string {
  return runParts(run).join(' · ');
}

function runParts(run: TrainingRun): readonly string[] {
  const stage = known(run.stage);
  const model = known(run.model);
  return [
    modelTitle(model?.text ?? '', model?.record !== undefined) || 'unknown model',
    ...(stage === undefined || stage === 'sft' || stage === 'other' ? [] : [stageText(stage)]),
    methodText(run),
    shown(run.precision),
    batchText(run),
    ...hardwareText(run),
  ];
}

/** Stages that are words; the others are known by their letters. */
const IN_WORDS: Partial<Record<Stage, string>> = {
  pretrain: 'pretraining',
  reward: 'reward model',
  classify: 'classifier',
  embed: 'embedding',
};

const stageText = (stage: Stage): string => IN_WORDS[stage] ?? stage.toUpperCase();

function shown(value: Sourced<string | number>): string {
  return String(known(value) ?? '?');
}

function methodText(run: TrainingRun): string {
  const quantization = known(run.quantization);
  const bits = quantization
    ? ` on ${quantization.bits}-bit ${quantization.type ?? quantization.method}`
    : '';
  const method = known(run.method);
  switch (method) {
    case 'lora':
      return `LoRA r${shown(run.lora.rank)}${bits}`;
    case 'dora':
      return `DoRA r${shown(run.lora.rank)}${bits}`;
    case 'galore':
      return `GaLore${bits}`;
    case undefined:
      return `method not stated${bits}`;
    case 'other':
      return `other method${bits}`;
    default:
      return method + bits;
  }
}

function batchText(run: TrainingRun): string {
  const steps = known(run.gradientAccumulation);
  const tokens = `${shown(run.microBatch)} x ${shown(run.maxLength)} tokens`;
  return steps === undefined || steps === 1 ? tokens : `${tokens} x ${steps} steps`;
}

function hardwareText(run: TrainingRun): readonly string[] {
  const { engine, zeroStage } = run.parallel;
  const card = known(run.gpu)?.name;
  const world = cardCount(run.parallel);
  const many = world !== undefined && world > 1 ? `${world} x ` : '';
  const spread =
    known(engine) === 'deepspeed'
      ? [`ZeRO-${shown(zeroStage)}`]
      : [known(engine) ?? 'none']
          .filter((name) => name !== 'none')
          .map((name) => name.toUpperCase());
  if (card !== undefined) return [...spread, many + card];
  return many === '' ? spread : [...spread, `${many}GPU`];
}
