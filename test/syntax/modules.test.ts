// Which modules are read with a program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argumentImports } from '../../src-core/syntax/python/modules.ts';

const found = (...lines: readonly string[]) =>
  argumentImports(lines.join('\n')).map(({ path, names }) => [path, Object.fromEntries(names)]);

test('classes that are parsed, and names that have to do with arguments', () => {
  assert.deepEqual(
    found(
      'from .arguments import (',
      '    DataArguments,  # (what it learns from)',
      '    ModelArguments as Which,',
      '    Unused,',
      ')',
      'from utils.cli import parse_args, seed_all',
      'parser = HfArgumentParser((Which, DataArguments))',
    ),
    [
      ['arguments.py', { DataArguments: 'DataArguments', Which: 'ModelArguments' }],
      ['utils/cli.py', { parse_args: 'parse_args' }],
    ],
  );
});

test('neither installed packages, nor folders above, nor more than a few', () => {
  assert.deepEqual(
    found(
      'from transformers import HfArgumentParser',
      'from transformers.utils import parse_flag_from_env',
      'from ..common import get_args',
      'import config',
      'from a import get_args',
      'from b import get_config',
      'from c import options',
      'from d import flags',
    ).map(([path]) => path),
    ['a.py', 'b.py', 'c.py'],
  );
});
