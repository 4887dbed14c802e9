// The estimate's way of playing a program, event by event: what src-core/estimate/play.ts has to equal.
import { replay } from '../../src-core/estimate/replay.ts';
import { COMPONENTS, type Component, type Phase } from '../../src-core/estimate/result.ts';
import type { EstimateSpec } from '../../src-core/estimate/spec.ts';
import { type Stretch, type Trace, trace } from '../../src-core/estimate/trace.ts';

/** The highest moment of a trace. */
export interface Peak {
  readonly bytes: number;
  /** Event after which it is reached. */
  readonly event: number;
  readonly phase: Phase;
  readonly step: number;
  /** `layers.27.mlp.down_proj`, or an op outside the layers. */
  readonly op: string;
}

/** Walks the trace: the peak of every phase of each step, in order of time. */
export function phasePeaks(trace: Trace): readonly Peak[] {
  const found = new Map<string, Peak>();
  let live = 0;
  for (const s of trace.stretches) {
    const key = `${s.step} ${s.phase}`;
    let best = found.get(key)?.bytes ?? -1;
    let at = -1;
    for (let e = s.from; e < s.to; e++) {
      const event = trace.events[e] ?? 0;
      if (event < 0) live -= trace.size[-event] ?? 0;
      else {
        live += trace.size[event] ?? 0;
        if (live > best) {
          best = live;
          at = e;
        }
      }
    }
    if (at >= 0) {
      const op = opName(trace, s, at);
      found.set(key, { bytes: best, event: at, phase: s.phase, step: s.step, op });
    }
  }
  return [...found.values()].sort((a, b) => a.event - b.event);
}

function opName(trace: Trace, s: Stretch, event: number): string {
  const label = trace.label[trace.events[event] ?? 0] ?? 0;
  const op = trace.labels[label] ?? '';
  return s.layer < 0 ? op : `layers.${s.layer + (trace.within[label] ?? 0)}.${op}`;
}

/** What each component holds just after each of `events` (in order), bytes by index into COMPONENTS. */
export function componentsAt(trace: Trace, events: readonly number[]): readonly Float64Array[] {
  const held = new Float64Array(COMPONENTS.length);
  let next = 0;
  return events.map((event) => {
    for (; next <= event; next++) {
      const id = trace.events[next] ?? 0;
      const block = Math.abs(id);
      const c = trace.component[block] ?? 0;
      held[c] = (held[c] ?? 0) + Math.sign(id) * (trace.size[block] ?? 0);
    }
    return held.slice();
  });
}

/** What `estimate` says of reserved memory and of every phase, for one GPU. Bytes. */
export function eventByEvent(spec: EstimateSpec) {
  const requested = trace(spec);
  const held = replay(requested, spec.platform);
  const program: Trace = { ...requested, size: held.size };
  const peaks = phasePeaks(program);
  const parts = componentsAt(
    program,
    peaks.map((peak) => peak.event),
  );
  return {
    reserved: held.reserved,
    timeline: peaks.map(({ step, phase, op, bytes }, i) => ({
      step,
      phase,
      op,
      total: bytes,
      components: shares(parts[i] ?? []),
    })),
  };
}

function shares(held: ArrayLike<number>): readonly { component: Component; bytes: number }[] {
  return Array.from(held, (bytes, i) => ({ component: COMPONENTS[i] ?? 'activations', bytes }))
    .filter((share) => share.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}
