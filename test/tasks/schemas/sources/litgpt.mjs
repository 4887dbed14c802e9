import { fieldsOf, read } from './shared.mjs';

const LITGPT_NESTED = { train: 'train', eval: 'eval', log: 'log' };
const LITGPT_CLASSES = { train: 'TrainArgs', eval: 'EvalArgs', log: 'LogArgs' };

export function litgpt(folder) {
  const data = read(folder, 'litgpt');
  const commands = {
    finetune_lora: 'litgpt/finetune/lora.py',
    finetune_lora_legacy: 'litgpt/finetune/lora_legacy.py',
    finetune_full: 'litgpt/finetune/full.py',
    finetune_adapter: 'litgpt/finetune/adapter.py',
    finetune_adapter_v2: 'litgpt/finetune/adapter_v2.py',
    pretrain: 'litgpt/pretrain.py',
  };
  const scope = (id, title, name, renames = []) => ({
    id,
    title,
    fields: fieldsOf(data, [name]).map((item) =>
      LITGPT_NESTED[item.name] ? { ...item, type: 'dict', nested: LITGPT_NESTED[item.name] } : item,
    ),
    lost: [],
    renames,
    unknown: 'raise',
    names: 'exact',
  });
  return {
    framework: 'litgpt',
    package: 'litgpt',
    version: '0.5.13',
    origin: 'litgpt (26857050)',
    scopes: [
      ...Object.entries(commands).map(([id, name]) => scope(id, `litgpt ${id}`, name)),
      ...Object.entries(LITGPT_CLASSES).map(([id, name]) =>
        scope(id, `litgpt ${id}`, name, id === 'train' ? ['litgptTrain'] : []),
      ),
    ],
  };
}
