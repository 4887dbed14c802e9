import { probeSpecFromRun } from '../../src-core/probe/from-run.ts';
import { opInWords } from '../../src-core/probe/op-words.ts';
import { worstByLayer } from '../../src-core/probe/plot.ts';
import { probe } from '../../src-core/probe/probe.ts';
import type { ProbeResult } from '../../src-core/probe/result.ts';
import type { ProbeSpec } from '../../src-core/probe/spec.ts';
import { verdictWords } from '../../src-core/probe/verdict-words.ts';
import { sentence } from '../../src-core/run/sentence.ts';
import type { AnalyzedRun } from '../core.ts';
import type { PanelNumbers } from '../proto/panel.ts';
import type { Shell } from '../shell.ts';

/** An emulated step takes some tens of ms, and most what-ifs leave its numbers as they are. */
let last: { readonly key: string; readonly result: ProbeResult } | undefined;

function probed(spec: ProbeSpec): ProbeResult {
  const key = JSON.stringify(spec);
  if (last?.key !== key) last = { key, result: probe(spec) };
  return last.result;
}

/** How much room the compute format leaves in each layer; `null` where model or dtype is unknown. */
export function numbersOf({ run }: AnalyzedRun, { say }: Pick<Shell, 'say'>): PanelNumbers | null {
  const spec = probeSpecFromRun(run);
  if (spec === undefined) return null;
  const result = probed(spec);
  const { verdict, format, basis, notes } = result;
  return {
    verdict,
    says: say(sentence(verdictWords(result))),
    format: format.name,
    limit: format.max,
    layers: worstByLayer(result).map(({ layer, op, max, headroomBits, published }) => ({
      layer: layer ?? 0,
      op: say(opInWords(op)),
      max,
      doublings: headroomBits,
      published,
    })),
    ...(basis.source === undefined ? {} : { source: basis.source }),
    notes: notes.map(say),
  };
}
