import { read } from './shared.mjs';

/**
 * The configs of verl/trainer/config, as Hydra composes them from their parts; `sft_trainer_engine megatron` is one
 * with another group chosen. A key that any commit had and the newest release lacks is gone.
 */
export function verl(folder) {
  const data = read(folder, 'verl');
  return {
    framework: 'verl',
    package: 'verl',
    version: '0.9.0',
    origin: 'verl 0.9.0 (483b8a009)',
    scopes: Object.entries(data.classes).map(([id, { fields, gone }]) => ({
      id,
      title: `verl ${id}`,
      fields,
      life: new Map(Object.entries(gone).map(([name, until]) => [name, { until }])),
      lost: [],
      renames: ['verl'],
      unknown: 'raise',
      names: 'exact',
    })),
  };
}
