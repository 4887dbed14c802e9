import type { FixIntent, WrittenOrigin } from '../../run/fix-intent.ts';
import type { KeyProblem } from '../../run/problem.ts';
import type { Entry, MapNode } from '../../syntax/document.ts';
import { editDistance } from '../../text/edit-distance.ts';
import { say } from '../../text/message.ts';
import type { Recognized, Section } from '../framework.ts';
import { originOf, pointAt } from '../point-at.ts';

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

const WARMUP = 'warmup_num_steps warmup_type last_batch_iteration';

/** The parameters of DeepSpeed's schedules: those that must be given, and the others. */
const SCHEDULES: Readonly<Record<string, readonly [needed: string, others: string]>> = {
  WarmupLR: ['', `warmup_min_lr warmup_max_lr ${WARMUP}`],
  WarmupDecayLR: ['total_num_steps', `warmup_min_lr warmup_max_lr ${WARMUP}`],
  WarmupCosineLR: ['total_num_steps', `warmup_min_ratio cos_min_ratio ${WARMUP}`],
  LRRangeTest: [
    '',
    'lr_range_test_min_lr lr_range_test_step_size lr_range_test_step_rate lr_range_test_staircase last_batch_iteration',
  ],
  OneCycle: [
    'cycle_min_lr cycle_max_lr',
    'decay_lr_rate cycle_first_step_size cycle_second_step_size cycle_first_stair_count cycle_second_stair_count decay_step_size cycle_momentum cycle_min_mom cycle_max_mom decay_mom_rate last_batch_iteration',
  ],
};
const CITE = { label: 'DeepSpeed deepspeed/runtime/lr_schedules.py' };

/** Parameters that the schedule does not take, or that it needs: it is made of them, and of nothing else. */
export function scheduleProblems({ sections }: Recognized): readonly KeyProblem[] {
  return sections.flatMap((section) => {
    const schedule =
      section.scope.id === 'config' ? mapOf(section.entries, 'scheduler') : undefined;
    return schedule === undefined ? [] : inSchedule(schedule, section);
  });
}

function mapOf(entries: readonly Entry[], key: string): MapNode | undefined {
  const value = entries.findLast((entry) => entry.key === key)?.value;
  return value?.kind === 'map' ? value : undefined;
}

function inSchedule({ entries }: MapNode, section: Section): readonly KeyProblem[] {
  const type = entries.findLast(({ key }) => key === 'type');
  const name = type?.value.kind === 'scalar' ? type.value.text : '';
  const params = mapOf(entries, 'params')?.entries;
  const known = Object.hasOwn(SCHEDULES, name) ? SCHEDULES[name] : undefined;
  if (type === undefined || params === undefined || known === undefined) return [];
  const [needed = [], others = []] = known.map(words);
  const has = (key: string): boolean => params.some((entry) => entry.key === key);
  const foreign = params.filter(({ key }) => !needed.includes(key) && !others.includes(key));
  const missing = needed.filter((key) => !has(key));
  const free = [...missing, ...others.filter((key) => !has(key))];
  return [
    ...foreign.map((entry) => ({
      rule: 'unknown-key' as const,
      at: pointAt({ section, entry }),
      onKey: true,
      severity: 'error' as const,
      message: say`${name} takes no \`${entry.key}\`: DeepSpeed stops when it makes the schedule`,
      cite: CITE,
      fixes: fixesOf(originOf({ section, entry }), free),
    })),
    ...missing.map((key) => ({
      rule: 'missing-key' as const,
      at: pointAt({ section, entry: type }),
      severity: 'error' as const,
      message: say`${name} needs \`${key}\`: DeepSpeed stops when it makes the schedule`,
      cite: CITE,
    })),
  ];
}

/** The name that a letter parts it from: `cycle_min_lr` is no slip of `cycle_max_lr`. */
function fixesOf(at: WrittenOrigin, free: readonly string[]): readonly FixIntent[] {
  const near = free.find((name) => editDistance(at.entry.key, name, 1) <= 1);
  if (near === undefined) return [];
  const changes = [{ kind: 'rename' as const, at, to: near }];
  return [{ title: say`Rename to \`${near}\``, safety: 'unsafe', changes }];
}
