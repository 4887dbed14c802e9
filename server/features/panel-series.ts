import { evaluationOf } from '../../src-core/estimate/evaluation.ts';
import { specFromRun } from '../../src-core/estimate/from-run.ts';
import { bytesOf } from '../../src-core/estimate/moments.ts';
import type { Estimate, Phase } from '../../src-core/estimate/result.ts';
import { type MemorySeries, memorySeries } from '../../src-core/estimate/series.ts';
import type { TrainingRun } from '../../src-core/run/training-run.ts';
import { say, word } from '../../src-core/text/message.ts';
import type { AnalyzedRun } from '../core.ts';
import { EVALUATION, type PanelSeries } from '../proto/panel.ts';
import type { Shell } from '../shell.ts';

/** Samples that a chart of a thousand pixels can show. */
const POINTS = 600;

type Drawn = Pick<PanelSeries, 'names' | 'samples' | 'phases'>;

/** Memory over time for the panel's chart, with what the headline counts beside it. */
export function seriesOf(shell: Shell, { run }: AnalyzedRun, estimate: Estimate): PanelSeries {
  const spec = specFromRun(run)?.spec;
  const { peakAllocated, peakReserved, context } = estimate;
  const all = spec?.gradientAccumulation ?? 1;
  const series = spec && memorySeries({ ...spec, ...evaluating(run) }, POINTS);
  const over = series && overTime(shell, series, allTheTime(estimate));
  const training = series && over?.samples.filter((_, i) => !evaluates(series, i));
  // Spread over several GPUs, only the highest moment of each phase is divided among them.
  const fits = training && highest(training) === peakAllocated.expected;
  return {
    ...(over && fits ? over : byPhase(shell, estimate)),
    context: { name: shell.say(word('CUDA context')), bytes: context },
    kept: {
      name: shell.say(word('held by allocator')),
      bytes: peakReserved.expected - peakAllocated.expected,
    },
    micro: { drawn: Math.min(2, all), all },
  };
}

/** What the chart goes on with behind the second step; the headline is of the training. */
function evaluating(run: TrainingRun): { readonly evaluation?: number } {
  const batch = evaluationOf(run);
  return batch === undefined ? {} : { evaluation: batch };
}

function evaluates({ samples }: MemorySeries, i: number): boolean {
  return samples[i]?.phase === 'evaluation';
}

function highest(samples: Drawn['samples']): number {
  return samples.reduce((most, { held }) => Math.max(most, sum(held)), 0);
}

const sum = (held: readonly number[]): number => held.reduce((all, one) => all + one, 0);

/** Bytes that vLLM holds at every moment; 0 where it sleeps, or samples elsewhere. */
function allTheTime({ timeline }: Estimate): number {
  return Math.min(...timeline.map(({ components }) => bytesOf(components, 'vLLM')));
}

/** An evaluation is one pass. */
function passOf(phase: Phase): Phase {
  return phase === 'evaluation' ? 'forward' : phase;
}

function overTime(shell: Shell, { components, samples }: MemorySeries, vllm: number): Drawn {
  const beside = vllm > 0 ? [vllm] : [];
  return {
    names: [...components, ...beside.map(() => 'vLLM')].map((name) => shell.say(word(name))),
    samples: samples.map(({ phase, step, layer, held }) => ({
      step: phase === 'evaluation' ? EVALUATION : step,
      label: shell.say(
        layer < 0 ? word(passOf(phase)) : say`${word(passOf(phase))}, layer ${layer}`,
      ),
      held: [...held, ...beside],
    })),
    phases: false,
  };
}

function byPhase(shell: Shell, { timeline }: Estimate): Drawn {
  const names = [
    ...new Set(timeline.flatMap(({ components }) => components.map((c) => c.component))),
  ];
  return {
    names: names.map((name) => shell.say(word(name))),
    samples: timeline.map(({ step, phase, components }) => ({
      step,
      label: shell.say(word(phase)),
      held: names.map((name) => components.find((one) => one.component === name)?.bytes ?? 0),
    })),
    phases: true,
  };
}
