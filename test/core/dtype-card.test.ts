import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze } from '../../src-core/analyze.ts';
import { hover } from '../../src-core/hover/hover.ts';
import { english } from '../../src-core/text/message.ts';

/** The paragraphs that hovering over the dtype of a command shows, up to what the key is. */
function card(model: string, dtype: string, attention: string): readonly string[] {
  const text = `swift sft --model ${model} --torch_dtype ${dtype} --attn_impl ${attention} --dataset x.json`;
  const file = { path: 'train.sh', text, language: 'shell' } as const;
  const found = hover(analyze({ file, settings: {} }), text.indexOf(dtype));
  assert.ok(found, text);
  return english(found.markdown).split('\n\n---\n\n')[0]?.split('\n\n') ?? [];
}

/** A figure that a paragraph names after some words. */
function figure(lines: readonly string[], after: RegExp): number | undefined {
  const found = lines
    .map((line) => new RegExp(`${after.source}([\\d,]+)`).exec(line))
    .find((one) => one !== null);
  return found?.[1] === undefined ? undefined : Number(found[1].replaceAll(',', ''));
}

const FP16_MAX = 65_504;

describe('the card of a dtype', () => {
  it('names the product that overflows in eager fp16, who saw it, and that other figures fit', () => {
    const lines = card('Qwen/Qwen2.5-7B-Instruct', 'float16', 'eager');
    assert.equal(
      lines[0],
      '**overflow: fp16, which ends at 65,504, does not hold the product of queries and keys, before scaling**',
    );
    assert.match(lines[1] ?? '', /^_reported for Qwen\/Qwen2-7B: perplexity is nan/);
    assert.match(
      lines[1] ?? '',
      /\(https:\/\/github\.com\/huggingface\/transformers\/issues\/33317\)/,
    );
    assert.equal(figure(lines, /elsewhere the largest published magnitude is /), 13_312);
    assert.equal(figure(lines, /largest published magnitude: /), undefined);
  });

  it('says of a measured overflow where it first happens and how large values get', () => {
    const lines = card('google/gemma-3-4b-it', 'float16', 'sdpa');
    const first = figure(lines, /^\*\*overflow: the residual stream of layer 7 reaches /) ?? 0;
    assert.ok(first > FP16_MAX, lines[0]);
    assert.match(lines[1] ?? '', /^_measured by .*\(https:\/\/arxiv\.org\/abs\/2605\.15572\)/);
    assert.ok((figure(lines, /^largest published magnitude: /) ?? 0) > first);
  });

  it('says of a sibling’s figure whose it is', () => {
    const [head = '', evidence = ''] = card('google/gemma-3-12b-it', 'float16', 'sdpa');
    assert.match(head, /^\*\*overflow: the residual stream reaches 777,957/);
    assert.match(evidence, /^_measured in google\/gemma-3-12b-pt, a sibling, by .*arxiv\.org/);
  });

  it('leaves T5 open in fp16, which its blocks clamp, with the figure and the report', () => {
    const lines = card('google-t5/t5-base', 'float16', 'sdpa');
    assert.equal(lines[0], '**not settled by what is published**');
    assert.equal(figure(lines, /largest published magnitude: /), 66_246);
    assert.ok(lines.some((line) => /transformers\/issues\/5651\)/.test(line)));
  });

  it('says of a wider residual stream that it keeps the value that the products could not hold', () => {
    const lines = card('google/gemma-3-4b-it', 'float32', 'sdpa');
    assert.match(lines[0] ?? '', /^\*\*in range/);
    assert.ok(lines.some((line) => /245,760 \(.*, kept in fp32 here\)$/.test(line)));
  });

  it('speaks of no overflow in bf16', () => {
    const lines = card('meta-llama/Llama-3.1-8B', 'bfloat16', 'sdpa');
    assert.equal(lines[0], '**in range: the published magnitudes leave three quarters of it**');
    assert.ok(lines.every((line) => !line.includes('overflow')));
  });

  it('keeps the report of lost accuracy in bf16 with its link', () => {
    const lines = card('Qwen/Qwen2.5-7B-Instruct', 'bfloat16', 'eager');
    assert.ok(lines.some((line) => line.includes('7.9967') && line.includes('/issues/33317)')));
  });

  it('never calls a figure within the range an overflow, nor one past it a fit', () => {
    const models = [
      'Qwen/Qwen2.5-7B-Instruct',
      'Qwen/Qwen2.5-32B',
      'google/gemma-2-27b',
      'google/gemma-3-27b-it',
      'openai/gpt-oss-20b',
      'google-t5/t5-base',
      'meta-llama/Llama-3.1-8B',
      'microsoft/phi-2',
      'facebook/opt-66b',
      'allenai/OLMo-2-1124-7B',
    ];
    let figures = 0;
    for (const model of models)
      for (const dtype of ['float16', 'bfloat16', 'float32'])
        for (const attention of ['eager', 'sdpa']) {
          const lines = card(model, dtype, attention);
          const where = lines.join('\n');
          const limit = lines.some((line) => line.includes('run in **fp16**')) ? FP16_MAX : 1e38;
          const reached = figure(lines, /overflow: .* reaches /);
          const largest = figure(lines, /^largest published magnitude: /);
          assert.ok(reached === undefined || reached > limit, where);
          if (largest === undefined) continue;
          figures += 1;
          const wide = /kept in fp32 here/.test(where);
          const settled = !/not settled/.test(lines[0] ?? '');
          const overflows = /^\*\*overflow/.test(lines[0] ?? '');
          if (settled && !wide) assert.equal(largest > limit, overflows, where);
        }
    assert.ok(figures > 20, `${figures}`);
  });
});
