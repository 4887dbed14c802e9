import type { Options } from '../../run/options.ts';
import type { KeyProblem } from '../../run/problem.ts';
import type { Entry } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { checkConstraints } from '../constraint.ts';
import { isAlone, lessSureOfFile } from '../file-alone.ts';
import type { AdapterContext, Lowered, Recognized, Section } from '../framework.ts';
import { pointAt } from '../point-at.ts';
import { batchConstraints } from './constraints-batch.ts';
import { elasticConstraints } from './constraints-elastic.ts';
import { precisionConstraints } from './constraints-precision.ts';
import { deprecatedConstraints, zeroConstraints } from './constraints-zero.ts';
import { hasAuto, isFilled } from './facts.ts';
import { scheduleProblems } from './schedule.ts';

const constraints = lazy(() => [
  ...precisionConstraints(),
  ...zeroConstraints(),
  ...elasticConstraints(),
  ...batchConstraints(),
  ...deprecatedConstraints(),
]);

/** Checks a DeepSpeed config; it says nothing of a model, so that there is no run to judge. */
export function lowerDeepSpeed(
  options: Options,
  recognized: Recognized,
  context: AdapterContext,
): Lowered {
  const config = recognized.sections.some(({ scope }) => scope.id === 'config');
  if (!config) return { draft: {}, problems: [] };
  const input = { options, draft: {}, recognized, context };
  const found = checkConstraints(constraints(), input);
  // A program may hand DeepSpeed a dict that it has read here, and completed, and a schedule of its own.
  const sure = !isAlone(recognized);
  const schedule = scheduleProblems(recognized);
  return {
    draft: {},
    problems: [
      ...found.map((one) => (sure || one.rule !== 'missing-key' ? one : lessSureOfFile(one))),
      ...(sure ? schedule : schedule.map(lessSureOfFile)),
      ...duplicateKeys(recognized),
    ],
  };
}

/** DeepSpeed reads its file with a loader that refuses a key that stands twice; trainers do not. */
function duplicateKeys(recognized: Recognized): readonly KeyProblem[] {
  const [root] = recognized.sections;
  const filled = root?.entries.some(({ value }) => hasAuto(value)) === true;
  if (filled || isFilled({ recognized })) return [];
  return recognized.sections.flatMap((section) => repeated(section));
}

function repeated(section: Section): readonly KeyProblem[] {
  const seen = new Set<string>();
  return section.entries.flatMap((entry: Entry) => {
    const again = seen.has(entry.key);
    seen.add(entry.key);
    if (!again || section.unit.kind !== 'mapping') return [];
    return [
      {
        rule: 'duplicate-key' as const,
        at: pointAt({ section, entry }),
        onKey: true,
        severity: 'error' as const,
        message: say`\`${entry.key}\` stands twice: DeepSpeed refuses the file`,
        cite: { label: 'DeepSpeed deepspeed/runtime/config_utils.py' },
      },
    ];
  });
}
