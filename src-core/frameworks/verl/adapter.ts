import type { Adapter } from '../framework.ts';
import { lowerVerl } from './lower.ts';
import { recognizeVerl } from './recognize.ts';

/** verl: Hydra overrides such as `actor_rollout_ref.model.path=...`. */
export const verl: Adapter = {
  id: 'verl',
  title: 'verl',
  version: '0.9',
  evidence: [/\bverl\b|\bactor_rollout_ref\b/],
  recognize: recognizeVerl,
  lower: lowerVerl,
  fields: {},
};
