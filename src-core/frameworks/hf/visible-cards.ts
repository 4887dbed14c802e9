import { isWritten, known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, mayBeOn } from '../constraint.ts';
import { asInt, asText } from '../convert.ts';
import type { Launch } from '../framework.ts';
import { envEntry, perNodeEntry } from '../launch.ts';

/** What a launch says against the cards that it lets its processes see. */
export const visibleCards = lazy((): readonly Constraint[] => [
  moreProcesses(true),
  moreProcesses(false),
  {
    id: 'visible-cards-ignored',
    rule: 'overridden-key',
    severity: 'warning',
    cite: { label: 'DeepSpeed deepspeed/launcher/runner.py: VISIBLE_DEVICES' },
    check({ recognized: { launch } }) {
      const entry = envEntry(launch, 'CUDA_VISIBLE_DEVICES');
      const { visibleGpus } = launch;
      if (launch.launcher !== 'deepspeed' || entry === undefined || !visibleGpus) return undefined;
      const [flag, hosts] = ['(?:include|exclude|num_gpus)', 'hostfile|num_nodes'].map((names) =>
        launch.entries.findLast(({ key }) => new RegExp(`^(?:${names})$`).test(key)),
      );
      const ids = asText(entry.value);
      if (flag === undefined || hosts !== undefined || typeof ids !== 'string') return undefined;
      const first = ids.split(',').map((_, i) => String(i));
      if (asInt(flag.value) === first.length && first.join() === ids) return undefined;
      return {
        at: 'do_train',
        place: visibleGpus,
        message: say`beside \`--${flag.key}\` the deepspeed launcher ignores CUDA_VISIBLE_DEVICES: choose the cards by \`--include localhost:${ids}\` alone`,
      };
    },
  },
]);

/** A script that nobody has read may work without cards. */
function moreProcesses(isTraining: boolean): Constraint {
  return {
    id: 'more-processes-than-cards',
    severity: isTraining ? 'error' : 'warning',
    cite: { label: 'torch.cuda.set_device: each process takes the card of its local rank' },
    check(input) {
      const { launch, trains } = input.recognized;
      const { visibleGpus } = launch;
      const cards = visibleGpus && isWritten(visibleGpus) ? known(visibleGpus) : undefined;
      const processes = processesOf(launch);
      if (cards === undefined || processes === undefined || processes <= cards) return undefined;
      if (trains !== isTraining || !usesCards(input)) return undefined;
      return {
        at: 'do_train',
        ...(visibleGpus && { place: visibleGpus }),
        message: say`${processes} processes start on a machine that shows them ${cards} GPUs: the others stop with "invalid device ordinal"`,
      };
    },
  };
}

/** The processes of this one machine, where the launcher is told. */
function processesOf({ launcher, entries, env }: Launch): number | undefined {
  const entry =
    launcher === 'torchrun'
      ? perNodeEntry({ entries, env })
      : launcher === 'accelerate'
        ? entries.findLast(({ key }) => key === 'num_processes')
        : undefined;
  const machines = entries.findLast(({ key }) => /^num[-_]machines$/.test(key));
  const several = launcher === 'accelerate' && machines && asInt(machines.value) !== 1;
  const count = entry && asInt(entry.value);
  return several || typeof count !== 'number' ? undefined : count;
}

/** ms-swift deals out the cards itself, and says where it cannot; verl's processes are Ray's. */
const OTHERS = new Set(['swift', 'verl']);

function usesCards({ options: o, recognized: { launch, adapter } }: ConstraintInput): boolean {
  const cpu = ['use_cpu', 'no_cuda'].some((key) => mayBeOn(o, key));
  const launched = launch.entries.some(({ key }) => key === 'cpu' || key === 'use_cpu');
  return !cpu && !launched && !OTHERS.has(adapter.id);
}
