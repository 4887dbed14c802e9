import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findModel, listModels, registryEntry, templatesOf } from '../../src-core/facts/lookup.ts';
import { modelTitle, shortModelName } from '../../src-core/facts/model-names.ts';
import { countParams } from '../../src-core/facts/params.ts';

describe('the model table', () => {
  it('has a unique id, a count and a source for every model', () => {
    const models = listModels();
    assert.equal(new Set(models.map((model) => model.id.toLowerCase())).size, models.length);
    assert.equal(models.filter((model) => model.arch !== undefined).length, 237);
    for (const { id, params, sources } of models) {
      assert.ok(params > 1e7 && params < 3e12, id);
      assert.ok(sources.length > 0 && sources.every((source) => source !== ''), id);
    }
  });

  it('gives dimensions from which the formula counts exactly the parameters', () => {
    const wrong = listModels().filter(({ arch, params }) => arch && countParams(arch) !== params);
    assert.deepEqual(
      wrong.map(({ id }) => id),
      [],
    );
  });

  it('finds every model by its id, whatever the case', () => {
    for (const model of listModels()) {
      assert.deepEqual(findModel(model.id), { record: model, suggestions: [] });
      assert.equal(findModel(model.id.toUpperCase()).record, model);
    }
  });
});

/** Text, then: id of the record (or base), its basis, model type, quantisation. */
const found: readonly (readonly [string, string, string, string, string?])[] = [
  ['LLM-Research/Meta-Llama-3.1-8B-Instruct', '', 'base', 'llama'],
  ['modelscope/Llama-2-7b-ms', 'meta-llama/Llama-2-7b-hf', 'table', 'llama'],
  ['/data/models/Qwen2.5-7B-Instruct', 'Qwen/Qwen2.5-7B-Instruct', 'table', 'qwen2'],
  ['./Qwen2.5-7B-Instruct/', 'Qwen/Qwen2.5-7B-Instruct', 'table', 'qwen2'],
  ['D:\\models\\Qwen2.5-7B', 'Qwen/Qwen2.5-7B', 'table', 'qwen2'],
  ['models--Qwen--Qwen2.5-7B', 'Qwen/Qwen2.5-7B', 'table', 'qwen2'],
  [
    '~/.cache/huggingface/hub/models--Qwen--Qwen3-8B/snapshots/b968826d',
    'Qwen/Qwen3-8B',
    'table',
    'qwen3',
  ],
  ['~/.cache/modelscope/hub/models/Qwen/Qwen2___5-7B', 'Qwen/Qwen2.5-7B', 'table', 'qwen2'],
  ['https://huggingface.co/Qwen/Qwen2.5-7B', 'Qwen/Qwen2.5-7B', 'table', 'qwen2'],
  ['qwen2.5-7b', 'Qwen/Qwen2.5-7B', 'table', 'qwen2'],
  ['llama3-8b', 'meta-llama/Meta-Llama-3-8B', 'table', 'llama'],
  ['llama_3.1_8b', 'meta-llama/Llama-3.1-8B', 'table', 'llama'],
  ['gpt2', 'openai-community/gpt2', 'table', 'gpt2'],
  ['t5-small', 'google-t5/t5-small', 'table', 't5'],
  ['NousResearch/Llama-2-7b-hf', 'meta-llama/Llama-2-7b-hf', 'base', 'llama'],
  ['meta-llama/Llama-2-7b-chat-hf', '', 'base', 'llama'],
  ['google/gemma-3-4b-it', '', 'base', 'gemma3'],
  ['mistralai/Magistral-Small-2506', '', 'base', 'mistral'],
  ['TinyLlama/TinyLlama_v1.1', '', 'base', 'llama'],
  ['Qwen/Qwen3-30B-A3B-Instruct-2507', '', 'base', 'qwen3_moe'],
  ['Qwen/Qwen3-Coder-30B-A3B-Instruct', '', 'base', 'qwen3_moe'],
  ['unsloth/Qwen2.5-7B-Instruct-bnb-4bit', '', 'base', 'qwen2', 'bnb-4bit'],
  ['unsloth/Meta-Llama-3.1-8B-Instruct-unsloth-bnb-4bit', '', 'base', 'llama', 'bnb-4bit'],
  ['hugging-quants/Meta-Llama-3.1-8B-Instruct-BNB-NF4', '', 'base', 'llama', 'bnb-4bit'],
  ['mlx-community/Qwen2.5-7B-Instruct-4bit', '', 'base', 'qwen2', 'mlx-4bit'],
  ['Qwen/Qwen2.5-7B-Instruct-AWQ', '', 'base', 'qwen2', 'awq'],
  ['Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4', '', 'base', 'qwen2', 'gptq'],
  ['Qwen/Qwen2.5-7B-Instruct-GPTQ-Int8', '', 'base', 'qwen2', 'gptq-8bit'],
  ['Qwen/Qwen3-8B-FP8', '', 'base', 'qwen3', 'fp8'],
  ['openai/gpt-oss-20b', 'openai/gpt-oss-20b', 'table', 'gpt_oss', 'mxfp4'],
  ['unsloth/gpt-oss-20b-BF16', '', 'base', 'gpt_oss'],
  ['out/Qwen3-8B/v0-2025/checkpoint-100', 'Qwen/Qwen3-8B', 'base', 'qwen3'],
  ['./out/qwen2.5-7b/checkpoint-100-merged', 'Qwen/Qwen2.5-7B', 'base', 'qwen2'],
];

/** Names that must not get an architecture, with the parameters that the name alone gives. */
const refused: readonly (readonly [string, number?])[] = [
  ['foo-7b-custom', 7e9],
  ['ICTNLP/Llama-3.1-8B-Omni', 8e9],
  ['Qwen/Qwen2.5-Math-7B-PRM800K', 7e9],
  ['Qwen/Qwen2.5-Math-RM-72B', 72e9],
  ['hfl/chinese-llama-2-7b', 7e9],
  ['hfl/llama-3-chinese-8b', 8e9],
  ['xtuner/llava-llama-3-8b-v1_1-transformers', 8e9],
  ['01-ai/Yi-6B-200K', 6e9],
  ['mistral-7b', 7e9],
  ['Qwen/Qwen3-9B', 9e9],
  ['acme/Qwen2.5-7B-extended-vocab', 7e9],
  ['Qwen/Qwen2.5-Omni-7B', 7e9],
  ['Qwen/Qwen3-Embedding-8B', 8e9],
  ['mistralai/Mixtral-9x7B', 50.4e9],
  ['unsloth/phi-4'],
  ['./bloom'],
  ['output/checkpoint-1000'],
  ['models/Qwen3-8B/experiments/other/checkpoint-5'],
  ['Qwen3-8B/my-run/final'],
  ['$MODEL_PATH'],
  ['$' + '{MODEL:-Qwen/Qwen2.5-7B}'],
  ['..'],
  ['/'],
  [''],
];

describe('findModel', () => {
  for (const [text, id, basis, modelType, quantized] of found) {
    it(`reads ${text}`, () => {
      const { record, suggestions } = findModel(text);
      assert.equal(record?.id, id === '' ? text : id);
      assert.equal(record?.basis, basis);
      assert.equal(record?.arch?.modelType, modelType);
      assert.equal(record?.quantized, quantized);
      assert.deepEqual(suggestions, []);
    });
  }

  for (const [text, params] of refused) {
    it(`gives ${JSON.stringify(text)} no architecture`, () => {
      const { record } = findModel(text);
      assert.equal(record?.arch, undefined);
      assert.equal(record?.params, params);
      if (record) assert.equal(record.basis, 'name-size');
    });
  }

  it('leaves out what a derived model may change', () => {
    assert.equal(findModel('Qwen/Qwen3-8B-Base').record?.arch?.maxPositionEmbeddings, undefined);
    assert.equal(findModel('Qwen/Qwen2.5-7B-AWQ').record?.dtype, undefined);
    assert.equal(findModel('Qwen/Qwen2.5-7B-AWQ').record?.arch?.maxPositionEmbeddings, 131072);
    const chat = findModel('meta-llama/Llama-2-7b-chat-hf').record;
    assert.equal(chat?.arch?.maxPositionEmbeddings, 4096);
  });

  it('suggests what was meant, keeping every digit', () => {
    assert.deepEqual(findModel('Qwen/Qwen2.5-7B-Instrct').suggestions, [
      'Qwen/Qwen2.5-7B-Instruct',
    ]);
    assert.deepEqual(findModel('Qwn/Qwen2.5-7B').suggestions, ['Qwen/Qwen2.5-7B']);
    assert.deepEqual(findModel('qwenn3-8b').suggestions, ['Qwen/Qwen3-8B']);
    assert.deepEqual(findModel('Qwen/Qwen3-9B').suggestions, []);
    assert.deepEqual(findModel('./Qwen2.5-7B-Instrct').suggestions, []);
    assert.deepEqual(findModel('01-ai/Yi-6B-200K').suggestions, []);
    assert.deepEqual(findModel('Qwen3-30B-A3B-FP8').suggestions, []);
    assert.deepEqual(findModel('state-spaces/mamba-2.8b').suggestions, []);
    assert.deepEqual(findModel('Qwen/Qwen25-7B-Instruct').suggestions, [
      'Qwen/Qwen2.5-7B-Instruct',
    ]);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: 'grapheme', maxLength: 600 })),
        (text) => {
          const { record, suggestions } = findModel(text);
          assert.ok(suggestions.length <= 3);
          if (record) assert.ok(record.params > 0);
        },
      ),
    );
  });
});

describe('the framework registries', () => {
  it('give model type and templates by id', () => {
    assert.deepEqual(registryEntry('qwen/qwen2.5-7b-instruct'), {
      id: 'Qwen/Qwen2.5-7B-Instruct',
      swiftType: 'qwen2',
      swiftTemplate: 'qwen2_5',
      factoryTemplate: 'qwen',
    });
    assert.equal(
      registryEntry('LLM-Research/Meta-Llama-3.1-8B-Instruct')?.factoryTemplate,
      'llama3',
    );
    assert.equal(registryEntry('no/such-model'), undefined);
    assert.equal(templatesOf('/data/Qwen2.5-7B-Instruct')?.swiftTemplate, 'qwen2_5');
    assert.equal(templatesOf('acme/Qwen2.5-7B-Instruct')?.swiftTemplate, 'qwen2_5');
    assert.equal(templatesOf('meta-llama/Llama-3.1-8B-Instruct')?.factoryTemplate, 'llama3');
    assert.equal(templatesOf('acme/Qwen2.5-7B-Instruct-tuned'), undefined);
  });
});

it('a model in a path is called by its name', () => {
  const cached =
    '/root/.cache/huggingface/hub/models--Qwen--Qwen2.5-VL-72B-Instruct/snapshots/5d8e12';
  assert.equal(shortModelName(cached), 'Qwen2.5-VL-72B-Instruct');
  assert.equal(shortModelName('Qwen/Qwen2.5-7B'), 'Qwen2.5-7B');
  assert.equal(shortModelName('C:\\models\\Qwen2.5-7B\\'), 'Qwen2.5-7B');
  assert.equal(shortModelName('$BASE/Qwen2.5-7B/'), 'Qwen2.5-7B');
  assert.equal(modelTitle('Qwen/Qwen2.5-7B', true), 'Qwen2.5-7B');
  assert.equal(modelTitle('someone/unknown', false), 'someone/unknown');
  assert.equal(modelTitle('/data/someone/unknown/', false), 'unknown');
  assert.equal(modelTitle('', false), '');
});
