import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { estimate, fitsWithin } from '../../src-core/estimate/estimate.ts';
import { keepPlayed } from '../../src-core/estimate/kept.ts';
import { baseSpec, type EstimateSpec } from '../../src-core/estimate/spec.ts';

const SPEC: EstimateSpec = baseSpec({
  modelType: 'llama',
  hiddenSize: 512,
  intermediateSize: 1408,
  layers: 4,
  heads: 8,
  kvHeads: 4,
  headDim: 64,
  vocabSize: 32000,
  tieWordEmbeddings: true,
});

/** A store in memory that counts what it gives. */
function storeOf(kept = new Map<string, string>()) {
  const store = {
    kept,
    given: 0,
    read(key: string) {
      const text = kept.get(key);
      if (text !== undefined) store.given += 1;
      return text;
    },
    write: (key: string, text: string) => void kept.set(key, text),
  };
  return store;
}

afterEach(() => keepPlayed(undefined));

test('an estimate from the store is the one that was made, on one GPU and on several', () => {
  const sharded: EstimateSpec = {
    ...SPEC,
    parallel: { ...SPEC.parallel, world: 4, engine: 'deepspeed', zeroStage: 2 },
  };
  for (const spec of [SPEC, sharded]) {
    const fresh = estimate(spec);
    const store = storeOf();
    keepPlayed(store);
    assert.deepEqual(estimate(spec), fresh);
    assert.equal(store.given, 0);
    const again = estimate(spec);
    assert.equal(store.given, 1);
    assert.deepEqual(again, fresh);
    // What fits between what is allocated and what is reserved needs the run behind the estimate.
    for (const share of [0.9, 0.98, 0.995, 1]) {
      const room = fresh.peakReserved.expected * share;
      assert.equal(fitsWithin(again, room), fitsWithin(fresh, room), String(share));
    }
    keepPlayed(undefined);
  }
});

test('keys and texts are lines, and hold nothing but the run', () => {
  const store = storeOf();
  keepPlayed(store);
  estimate(SPEC);
  const [[key = '', text = ''] = []] = store.kept;
  assert.deepEqual(JSON.parse(key), SPEC);
  assert.doesNotMatch(key + text, /\n/);
});

for (const damaged of ['', '{', 'null', '[]', '{"reserved":1}', '{"reserved":1,"peaks":[]}'])
  test(`a damaged text is not believed: ${damaged || 'nothing'}`, () => {
    const fresh = estimate(SPEC);
    const store = storeOf(new Map([[JSON.stringify(SPEC), damaged]]));
    keepPlayed(store);
    assert.deepEqual(estimate(SPEC), fresh);
    assert.notEqual(store.kept.get(JSON.stringify(SPEC)), damaged);
  });
