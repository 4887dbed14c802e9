import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze } from '../../src-core/analyze.ts';
import { listModels } from '../../src-core/facts/lookup.ts';
import { urlOfSource } from '../../src-core/facts/source-links.ts';
import { hover } from '../../src-core/hover/hover.ts';
import { english } from '../../src-core/text/message.ts';

const TEXT = `# tunelint: gpu=RTX 4090
swift sft --model google/gemma-3-4b-it --torch_dtype bfloat16 --max_length 8192 --dataset x.json
`;

/** The part of a hover that names sources. */
function sources(text: string, at: string, pages?: string): string {
  const file = { path: 'train.sh', text, language: 'shell' } as const;
  const found = hover(analyze({ file, settings: {}, effort: 'full' }), text.indexOf(at), pages);
  assert.ok(found, at);
  return english(found.markdown).split('\n\n---\n\n').at(-1) ?? '';
}

describe('the sources of memory figures', () => {
  for (const at of ['swift', '8192', 'google/'])
    it(`stand under the hover on ${at}: the method, the dimensions, the card`, () => {
      const [head, ...lines] = sources(TEXT, at, 'file:///pages').split('\n');
      assert.equal(head, 'sources:');
      const links = lines.map((line) => /\]\(([^)]+)\)/.exec(line)?.[1]);
      assert.deepEqual(
        [links[0], links[1]],
        ['file:///pages/estimate.md', 'https://huggingface.co/google/gemma-3-4b-pt'],
      );
      const card = lines.find((line) => line.includes('memory of the GeForce RTX 4090')) ?? '';
      assert.match(
        card,
        /\(https:\/\/github\.com\/huggingface\/huggingface\.js\/blob\/HEAD\/packages/,
      );
    });

  it('name the method once, a finding that rests on it at the same place or not', () => {
    assert.equal(sources(TEXT, '8192').match(/docs\/estimate\.md/g)?.length, 1);
  });

  it('are plain text where pages cannot be opened, and absent where no memory is told', () => {
    assert.match(sources(TEXT, '8192'), /how memory is estimated: docs\/estimate\.md$/m);
    assert.doesNotMatch(sources(TEXT, 'x.json'), /estimated|dimensions/);
  });

  it('without a card and without a known model leave out what is not used', () => {
    const bare = TEXT.split('\n')[1] ?? '';
    assert.match(sources(bare, '8192'), /dimensions of google/);
    assert.doesNotMatch(sources(bare, '8192'), /memory of the/);
    assert.doesNotMatch(sources(bare.replace('google/gemma-3-4b-it', 'a/b'), '8192'), /estimated/);
  });
});

describe('the address of a source', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    [
      'Lightning-AI/litgpt litgpt/config.py[Qwen2.5-7B-Instruct]',
      'https://github.com/Lightning-AI/litgpt/blob/HEAD/litgpt/config.py',
    ],
    ['architecture of google/gemma-3-4b-pt', 'https://huggingface.co/google/gemma-3-4b-pt'],
    ['Hugging Face Hub API, 2026-09', 'https://huggingface.co/a/b'],
    ['Ascend/MindSpeed-LLM examples/mcore/qwen2/tune.sh before 29e8a07a1d', undefined],
    ['dimensions recalled; they give the published parameter count', undefined],
  ];
  for (const [source, url] of cases)
    it(`of "${source}" is ${url}`, () => assert.equal(urlOfSource(source, 'a/b'), url));

  it('is there for nearly every model of the table', () => {
    const models = listModels();
    const open = models.filter(({ id, sources: all }) => all.some((one) => urlOfSource(one, id)));
    assert.ok(open.length > 0.8 * models.length, `${open.length} of ${models.length}`);
  });
});
