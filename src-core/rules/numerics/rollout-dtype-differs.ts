import { cite } from '../../facts/citations.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { defineRule } from '../rule.ts';

const NAMES: Readonly<Record<string, string>> = {
  float16: 'float16',
  half: 'float16',
  bfloat16: 'bfloat16',
  float32: 'float32',
  float: 'float32',
};

/** Reinforcement learning whose samples come from another dtype than its gradients. */
export const rolloutDtypeDiffers = defineRule({
  id: 'rollout-dtype-differs',
  group: 'numerics',
  severity: 'info',
  claim: 'measured',
  fix: 'none',
  summary: 'samples in another dtype than it trains in',
  cites: [cite.rolloutDtype],
  *check(run) {
    if (run.stage.value !== 'grpo' && run.stage.value !== 'ppo') return;
    const rollout = rolloutDtype(run);
    const train = known(run.computeDtype);
    if (rollout === undefined || train === undefined || rollout === train) return;
    yield {
      at: run.options.get('vllm_engine_kwargs'),
      message: `samples are drawn in ${rollout} and trained on in ${train}: the two give the same tokens other probabilities, which biases the update. The same dtype on both sides reduces it; fp16 on both was measured to do best`,
      related: [{ at: run.precision, message: `training computes in ${train}` }],
    };
  },
});

/** The dtype that the arguments of the engine name, if they do. */
function rolloutDtype(run: TrainingRun): string | undefined {
  if (!run.options.has('vllm_engine_kwargs')) return undefined;
  const given = run.options.get('vllm_engine_kwargs').value;
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  const name = /"dtype"\s*:\s*"(?:torch\.)?(\w+)"/.exec(text ?? '')?.[1];
  return name === undefined ? undefined : NAMES[name];
}
