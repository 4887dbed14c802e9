import { specFromRun } from '../../src-core/estimate/from-run.ts';
import { bytesOf } from '../../src-core/estimate/moments.ts';
import type { Estimate } from '../../src-core/estimate/result.ts';
import { memorySeries } from '../../src-core/estimate/series.ts';
import { say, word } from '../../src-core/text/message.ts';
import type { AnalyzedRun } from '../core.ts';
import type { PanelSeries } from '../proto/panel.ts';
import type { Shell } from '../shell.ts';

/** Samples that a chart of a thousand pixels can show. */
const POINTS = 600;

type Drawn = Pick<PanelSeries, 'names' | 'samples' | 'phases'>;

/** Memory over time for the panel's chart, with what the headline counts beside it. */
export function seriesOf(shell: Shell, { run }: AnalyzedRun, estimate: Estimate): PanelSeries {
  const spec = specFromRun(run)?.spec;
  const { peakAllocated, peakReserved, context } = estimate;
  const all = spec?.gradientAccumulation ?? 1;
  const over = spec && overTime(shell, spec, allTheTime(estimate));
  // Spread over several GPUs, only the highest moment of each phase is divided among them.
  const fits = over && highest(over) === peakAllocated.expected;
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

function highest({ samples }: Drawn): number {
  return samples.reduce((most, { held }) => Math.max(most, sum(held)), 0);
}

const sum = (held: readonly number[]): number => held.reduce((all, one) => all + one, 0);

/** Bytes that vLLM holds at every moment; 0 where it sleeps, or samples elsewhere. */
function allTheTime({ timeline }: Estimate): number {
  return Math.min(...timeline.map(({ components }) => bytesOf(components, 'vLLM')));
}

function overTime(shell: Shell, spec: Parameters<typeof memorySeries>[0], vllm: number): Drawn {
  const { components, samples } = memorySeries(spec, POINTS);
  const beside = vllm > 0 ? [vllm] : [];
  return {
    names: [...components, ...beside.map(() => 'vLLM')].map((name) => shell.say(word(name))),
    samples: samples.map(({ phase, step, layer, held }) => ({
      step,
      label: shell.say(layer < 0 ? word(phase) : say`${word(phase)}, layer ${layer}`),
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
