// What a Makefile hands to shells.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMakefile, recipesOf } from '../../src-core/syntax/shell/makefile.ts';

test('recipes and comments stand where they stood', () => {
  const text = [
    '# tunelint: gpu=RTX 4090',
    'LR := 1e-5 \\',
    'train: data',
    '\t@-torchrun --nproc_per_node $(CARDS) \\',
    '\t  train.py --lr $(LR)',
    'export CUDA_VISIBLE_DEVICES=0',
    '\t./eval.sh',
  ];
  const seen = recipesOf(text.join('\r\n')).split('\r\n');
  assert.deepEqual(
    seen.map((line) => line.length),
    text.map((line) => line.length),
  );
  assert.deepEqual(
    seen.map((line) => line.trim()),
    [
      '# tunelint: gpu=RTX 4090',
      '',
      '',
      'torchrun --nproc_per_node $(CARDS) \\',
      'train.py --lr $(LR)',
      '',
      './eval.sh',
    ],
  );
});

test('by their names', () => {
  const names = ['Makefile', 'a/makefile', 'b\\GNUmakefile', 'rules.mk', 'Makefile.am', 'a.sh'];
  assert.deepEqual(names.map(isMakefile), [true, true, true, true, false, false]);
});
