import { say } from '../text/message.ts';
import { estimate } from './estimate.ts';
import { COST, type Lever } from './lever.ts';
import { bytesOf } from './moments.ts';
import type { Estimate } from './result.ts';
import type { EstimateSpec, VllmSpec } from './spec.ts';

/** Other shares of the card for vLLM in the training processes, the likeliest first, and sleep. */
export function vllmLevers(spec: EstimateSpec): readonly Lever[] {
  const { vllm } = spec;
  if (vllm?.claim === undefined) return [];
  const { card } = vllm.claim;
  return [
    ...sharesFor(spec, vllm, vllm.claim).map((to, i) => claims(to / 10, i, card)),
    ...(vllm.sleeps ? [] : [sleep]),
  ];
}

/**
 * Tenths of the card: the most that leaves room for what trains, one less, and the least; only the least
 * where vLLM has too little. That is its weights, a tenth more to work in, and 1 GiB of cache.
 */
function sharesFor(
  spec: EstimateSpec,
  vllm: VllmSpec,
  claim: NonNullable<VllmSpec['claim']>,
): readonly number[] {
  const { card } = claim;
  const bare = estimate({ ...spec, vllm: { ...vllm, claim: { share: 0, card } } });
  const weights = (bare.totalParams * vllm.weightBytes) / vllm.tensor;
  const least = Math.ceil((10 * (1.1 * weights + 2 ** 30)) / card);
  if (claim.share * 10 < least) return least < 10 ? [least] : [];
  const room = card - bare.context - trainerBeside(vllm, bare);
  const most = Math.min(Math.floor((10 * room) / card), Math.ceil(claim.share * 10) - 1);
  return [...new Set([most, most - 1, least])].filter((to) => to >= least && to <= most);
}

/** What the trainer holds at most while vLLM has its memory. */
function trainerBeside({ sleeps }: VllmSpec, { timeline, components, peakReserved }: Estimate) {
  const sampling = timeline.at(-1);
  return sleeps && sampling
    ? sampling.total - bytesOf(sampling.components, 'vLLM')
    : peakReserved.high - bytesOf(components, 'vLLM');
}

function claims(to: number, rank: number, card: number): Lever {
  return {
    slot: 'vllm',
    title: say`let vLLM take ${to} of the card`,
    cost: COST.speed * (1.1 + rank / 10),
    changes: [{ field: 'rollout.utilization', to }],
    apply: ({ vllm, ...spec }) =>
      vllm && { ...spec, vllm: { ...vllm, claim: { share: to, card } } },
  };
}

const sleep: Lever = {
  slot: 'sleep',
  title: say`let vLLM sleep while the model trains`,
  cost: COST.speed * 1.05,
  changes: [{ field: 'rollout.sleeps', to: true }],
  apply: ({ vllm, ...spec }) => vllm && { ...spec, vllm: { ...vllm, sleeps: true } },
};
