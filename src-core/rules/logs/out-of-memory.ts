import { trained, where } from '../../logs/series.ts';
import type { LoggedRun, OutOfMemory } from '../../logs/training-log.ts';
import { bytes, formatBytes } from '../../run/units.ts';
import { type Message, say } from '../../text/message.ts';
import { defineLogRule } from '../rule.ts';

/** The allocator's own last words. */
/** Devices that ran out of memory. */
export const outOfMemory = defineLogRule({
  id: 'out-of-memory',
  severity: 'error',
  claim: 'framework',
  summary: 'ran out of device memory',
  cites: [],
  *inspect({ runs }) {
    for (const run of runs) {
      const [first] = run.outOfMemory;
      if (first === undefined) continue;
      const wentOn = trained(run).some(({ span }) => span.start > first.span.start);
      const reports = run.outOfMemory.length;
      yield {
        span: first.span,
        severity: wentOn ? 'warning' : 'error',
        message: say`out of memory ${when(run, first)}${sizes(first)}${
          reports > 1 ? say`; said ${reports} times, by processes or attempts` : ''
        }${wentOn ? '; training goes on after it' : ''}`,
        explainedBy: { group: 'memory' },
      };
    }
  },
});

function when(run: LoggedRun, { span }: OutOfMemory): Message {
  const entries = trained(run);
  const last = entries.findLast((entry) => entry.span.end <= span.start);
  return last === undefined
    ? say`before the first loss was logged`
    : say`after ${where(last, entries)}`;
}

function sizes({ asked, allocated, capacity, free }: OutOfMemory): Message {
  const show = (size: number) => formatBytes(bytes(size));
  const held =
    allocated === undefined || capacity === undefined
      ? undefined
      : say`${show(allocated)} of ${show(capacity)} allocated`;
  const left = free === undefined ? undefined : say`${show(free)} free`;
  const given = [held, left].filter((part) => part !== undefined);
  const parts = given.length === 2 ? say`${held} and ${left}` : given[0];
  if (asked === undefined) return parts === undefined ? '' : say`: ${parts}`;
  return say`: ${show(asked)} asked for${parts === undefined ? '' : say`, ${parts}`}`;
}
