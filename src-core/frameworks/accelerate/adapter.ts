import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { checkConstraints } from '../constraint.ts';
import type { Adapter, AdapterContext, Lowered, Recognized } from '../framework.ts';
import { deepSpeedConstraints } from './constraints-deepspeed.ts';
import { fsdpConstraints } from './constraints-fsdp.ts';
import { idleConstraints } from './constraints-idle.ts';
import { launchConstraints } from './constraints-launch.ts';
import { parallelConstraints } from './constraints-parallel.ts';
import { recognizeAccelerate } from './recognize.ts';

const CONSTRAINTS = lazy(() => [
  ...launchConstraints(),
  ...idleConstraints(),
  ...fsdpConstraints(),
  ...deepSpeedConstraints(),
  ...parallelConstraints(),
]);

/** accelerate: its config file, and `accelerate launch` before a script. */
export const accelerate: Adapter = {
  id: 'accelerate',
  title: 'accelerate',
  version: '1.15.0',
  evidence: [
    /^[ \t]*["']?(?:compute_environment|distributed_type|main_training_function|downcast_bf16)["']?\s*:|\baccelerate(?:-launch|[\s\\]+launch|\.commands\.launch)\b/m,
  ],
  recognize: recognizeAccelerate,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    const input = { options, draft: {}, recognized, context };
    return { draft: {}, problems: checkConstraints(CONSTRAINTS(), input) };
  },
  fields: {},
};
