import type { KeyProblem } from '../../run/problem.ts';
import { known } from '../../run/sourced.ts';
import type { Entry } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import { originOf, pointAt } from '../point-at.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';
import { isScript } from './scopes.ts';
import { componentScope } from './sections.ts';
import type { Tree } from './tree.ts';

/** Parameters that are often meant, by the component that takes them. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  model: [
    'lora_attn_modules',
    'apply_lora_to_mlp',
    'apply_lora_to_output',
    'lora_rank',
    'lora_alpha',
    'lora_dropout',
    'use_dora',
    'quantize_base',
  ],
  tokenizer: ['max_seq_len'],
  optimizer: ['lr', 'weight_decay'],
  dataset: ['packed', 'train_on_input'],
  checkpointer: ['checkpoint_dir', 'checkpoint_files'],
};

/** The component whose parameter an override names as if it were a key of the top level. */
export function ownerOf(entry: Entry, scope: Scope, tree: Tree): string | undefined {
  if (isScript(scope.id) || entry.key.includes('.')) return undefined;
  if (findKey(scope, entry.key) !== undefined) return undefined;
  return Object.keys(USUAL).find((outer) => {
    const path = known(tree.component(outer));
    const found = path === undefined ? undefined : componentScope(path, outer);
    if (found === undefined) return USUAL[outer]?.includes(entry.key);
    return findKey(found, entry.key) !== undefined;
  });
}

/** `lora_rank=16` on the command line: dropped, since it belongs to the model. */
export function misplaced(entry: Entry, owner: string, file: string, scope: Scope): KeyProblem {
  const placed = { section: { file, scope }, entry };
  return {
    rule: 'ignored-key',
    at: pointAt(placed),
    onKey: true,
    severity: 'warning',
    message: say`${scope.title} has no \`${entry.key}\`: it is silently ignored. It is a parameter of the ${owner}: \`${owner}.${entry.key}\``,
    fixes: [
      {
        title: say`Rename to \`${owner}.${entry.key}\``,
        safety: 'unsafe',
        changes: [{ kind: 'rename', at: originOf(placed), to: `${owner}.${entry.key}` }],
      },
    ],
  };
}
