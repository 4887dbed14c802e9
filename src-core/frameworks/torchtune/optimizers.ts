import { derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Tree } from './tree.ts';

/** Optimizers by the last part of their path, and by the library where that decides. */
const NAMES: readonly (readonly [path: RegExp, name: string])[] = [
  [/^bitsandbytes\.optim\.PagedAdamW8bit$/, 'paged_adamw_8bit'],
  [/^bitsandbytes\.optim\.PagedAdamW(?:32bit)?$/, 'paged_adamw_32bit'],
  [/^bitsandbytes\.optim\.AdamW8bit$/, 'adamw_8bit'],
  [/^torchao\..*AdamW8bit$/, 'adamw_torch_8bit'],
  [/^torchao\..*AdamW4bit$/, 'adamw_torch_4bit'],
  [/^torch\.optim\.(?:AdamW|Adam)$/, 'adamw_torch'],
  [/^torch\.optim\.SGD$/, 'sgd'],
  [/^torch\.optim\.Adafactor$/, 'adafactor'],
];

/** The optimizer by transformers' name, for the states that it keeps. */
export function optimizerOf(tree: Tree): Sourced<string> {
  const path = tree.component('optimizer');
  const text = known(path);
  const name = text === undefined ? undefined : NAMES.find(([test]) => test.test(text))?.[1];
  if (name === undefined) return derived<string>(UNKNOWN, 'the optimizer', path);
  const fused = name === 'adamw_torch' && tree.bool('optimizer.fused', false).value === true;
  const own = fused ? `${name}_fused` : name;
  // recipes/full_finetune_single_device.py, `optim_dict`: an optimizer for each weight.
  const backward = tree.bool('optimizer_in_bwd', false);
  if (backward.value === true)
    return derived(`${own}_layerwise`, 'the optimizer steps in the backward pass', path, backward);
  return derived(own, 'the optimizer', path);
}
