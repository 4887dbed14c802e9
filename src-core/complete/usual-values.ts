/**
 * Values that a framework reads and does not hold to a list: others may be registered by the user's code, so that they are
 * offered and never checked. verl: `AdvantageEstimator`, `register_policy_loss`, `kl_penalty` and `agg_loss` in
 * verl/trainer/ppo/core_algos.py, `_ROLLOUT_REGISTRY` in verl/workers/rollout/base.py, verl/trainer/config/actor/actor.yaml,
 * `postprocess_data` in verl/utils/torch_functional.py.
 */
const VALUES: Readonly<Record<string, string>> = {
  'algorithm.adv_estimator':
    'grpo gae rloo reinforce_plus_plus reinforce_plus_plus_baseline remax opo gpg gdpo grpo_passk grpo_vectorized rloo_vectorized optimal_token_baseline tir_optimal_token_baseline',
  'actor_rollout_ref.rollout.name': 'vllm sglang trtllm',
  'actor_rollout_ref.actor.strategy': 'fsdp fsdp2 megatron',
  'actor_rollout_ref.actor.loss_agg_mode':
    'token-mean token-sum seq-mean-token-sum seq-mean-token-mean seq-mean-token-sum-norm',
  'actor_rollout_ref.actor.kl_loss_type': 'low_var_kl kl abs mse full',
  'actor_rollout_ref.actor.policy_loss.loss_mode':
    'vanilla gspo sapo gpg clip_cov kl_cov geo_mean cispo dro dppo_tv dppo_kl bypass_mode',
  'data.truncation': 'error left right middle',
};

/** Values that may stand behind a key beside others; none where nothing is known. */
export function usualValues(key: string): readonly string[] {
  return Object.hasOwn(VALUES, key) ? (VALUES[key]?.split(' ') ?? []) : [];
}
