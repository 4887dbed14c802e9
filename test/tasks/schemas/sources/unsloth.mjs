import { fieldsOf, read } from './shared.mjs';

export function unsloth(folder) {
  const data = read(folder, 'unsloth');
  const scope = (id, names) => ({
    id,
    title: id,
    fields: fieldsOf(data, names),
    lost: [],
    renames: [],
    unknown: 'open',
    names: 'exact',
  });
  return {
    framework: 'unsloth',
    package: 'unsloth',
    version: '2026.8',
    origin: 'unsloth (015bdef0d9)',
    scopes: [
      scope('FastLanguageModel.from_pretrained', [
        'FastLanguageModel.from_pretrained',
        'FastModel.from_pretrained',
      ]),
      scope('FastModel.from_pretrained', ['FastModel.from_pretrained']),
      scope('get_peft_model', ['FastBaseModel.get_peft_model', 'FastLlamaModel.get_peft_model']),
    ],
  };
}
