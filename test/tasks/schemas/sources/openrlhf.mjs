import { field, fieldsOf, merge, read } from './shared.mjs';

/** Flags that openrlhf/cli/train_ppo_ray.py adds in a loop over the actor and the critic. */
function ppoLoop() {
  const at = 'openrlhf/cli/train_ppo_ray.py:447';
  return ['actor', 'critic'].flatMap((who) => [
    field(`${who}.optim`, 'str', 'adam', at, { choices: ['adam', 'muon'] }),
    field(`${who}.muon.lr`, 'float', 0.02, at),
    field(`${who}.muon.momentum`, 'float', 0.95, at),
    field(`${who}.muon.ns_steps`, 'int', 5, at),
    field(`${who}.muon.nesterov`, 'bool', true, at, { action: 'store_true' }),
    field(`${who}.muon.no_nesterov`, 'bool', false, at, { action: 'store_false' }),
    field(`${who}.adam.lr`, 'float', who === 'actor' ? 1e-6 : 9e-6, at),
    field(`${who}.adam.betas`, 'list', [0.9, 0.95], at),
    field(`${who}.adam.eps`, 'float', 1e-8, at),
    field(`${who}.adam.weight_decay`, 'float', 0, at),
    field(`${who}.lr_scheduler`, 'str', 'cosine_with_min_lr', at),
    field(`${who}.lr_warmup_ratio`, 'float', 0.03, at),
    field(`${who}.min_lr_ratio`, 'float', 0.1, at),
    field(`${who}.max_norm`, 'float', 1, at),
  ]);
}

export function openrlhf(folder) {
  const data = read(folder, 'openrlhf');
  return {
    framework: 'openrlhf',
    package: 'openrlhf',
    version: '0.11.0',
    origin: 'OpenRLHF 0.11.0 (3c3be623)',
    scopes: Object.keys(data.classes)
      .filter((name) => data.classes[name].fields.length > 0)
      .map((name) => {
        const id = name.replace(/^openrlhf\/cli\/|\.py$/g, '');
        return {
          id,
          title: `openrlhf.cli.${id}`,
          fields: merge(fieldsOf(data, [name]), id === 'train_ppo_ray' ? ppoLoop() : []),
          lost: [],
          renames: [],
          unknown: 'raise',
          names: 'hf',
        };
      }),
  };
}
