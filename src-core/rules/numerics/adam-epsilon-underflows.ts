import { fp16 } from '../../probe/formats.ts';
import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { isAdamLike } from './updates.ts';

/** An epsilon that the optimizer's states cannot tell from zero. */
export const adamEpsilonUnderflows = defineRule({
  id: 'adam-epsilon-underflows',
  group: 'numerics',
  severity: 'warning',
  claim: 'arithmetic',
  fix: 'unsafe',
  summary: "sets an Adam epsilon below what the optimizer's states can tell from zero",
  cites: [{ label: 'smallest positive fp16: 5.96e-8; half of it and less rounds to 0' }],
  *check(run) {
    const epsilon = known(run.adamEpsilon);
    if (epsilon === undefined || epsilon <= 0 || !isAdamLike(run)) return;
    const eight = /8bit/.test(known(run.optimizer) ?? '');
    const half = run.optimizerDtype.value === 'float16' && !eight;
    if (!(eight && epsilon < 1e-8) && !(half && run.options.has('adam_epsilon'))) return;
    if (half && fp16.round(epsilon) !== 0) return;
    const better = eight ? 1e-8 : 1e-6;
    yield {
      at: run.adamEpsilon,
      message: eight
        ? say`8-bit states round second moments in steps far above ${epsilon}: where they become 0, epsilon is all that is divided by`
        : say`${epsilon} is 0 in fp16 (its smallest positive number is 5.96e-8), so nothing keeps the division from 0`,
      related: [
        { at: run.optimizer, message: eight ? say`keeps 8-bit states` : say`keeps its states` },
      ],
      fixes: [
        {
          title: say`Set epsilon to ${better}`,
          safety: 'unsafe',
          changes: [setField('adamEpsilon', better)],
        },
      ],
    };
  },
});
