/** What each op of the emulated step gives, for sentences. */
const words: Readonly<Record<string, string>> = {
  embed: 'the token embedding',
  input_norm: 'the norm before attention',
  q_proj: 'the queries',
  k_proj: 'the keys',
  v_proj: 'the values',
  qkv_proj: 'queries, keys and values',
  q_norm: 'the norm of the queries',
  k_norm: 'the norm of the keys',
  rope_q: 'the rotated queries',
  rope_k: 'the rotated keys',
  qk: 'the product of queries and keys, before scaling',
  qk_scaled: 'the scaled scores',
  softcap: 'the soft-capped scores',
  softmax: 'the attention weights',
  av: 'the weighted values',
  attn: 'the fused attention',
  o_proj: 'the attention output',
  post_attn_norm: 'the norm after attention',
  attn_residual: 'the residual stream after attention',
  mlp_norm: 'the norm before the MLP',
  gate_proj: 'the gate projection',
  up_proj: 'the up projection',
  gate_up_proj: 'the gate and up projection',
  act: 'the activation function',
  act_up: 'the gated product',
  down_proj: 'the MLP output',
  router: 'the router logits',
  router_shares: 'the router weights',
  expert_weighted: 'an expert, weighted',
  experts: 'the sum of the experts',
  post_mlp_norm: 'the norm after the MLP',
  mlp_residual: 'the residual stream',
  final_norm: 'the final norm',
  lm_head: 'the logits',
  logits_softcap: 'the soft-capped logits',
  loss: 'the loss',
};

/** An op in words: `mlp_residual` is `the residual stream`. Unknown names come back as they are. */
export function opInWords(op: string): string {
  return words[op] ?? op;
}
