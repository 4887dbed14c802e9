import type { Options } from '../../run/options.ts';
import { derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import { isSet } from '../constraint.ts';
import { lowRank } from '../hf/low-rank.ts';

/** Plugins that step with what `optim` names (optimizers/mapping.py), and Megatron's Adam. */
const PLAIN = ['default', 'lorap', 'multimodal', 'adam'];

/**
 * The optimizer of a run: `--optimizer` names a plugin, `--lorap_lr_ratio` and `--use_galore` choose
 * one (arguments/sft_args.py), else `--optim` counts. A plugin of one's own keeps what it likes.
 */
export function optimizerOf(o: Options, optim: Sourced<string>): Sourced<string> {
  const plugin = o.text('optimizer');
  const name = isSet(o, 'optimizer') ? known(plugin) : chosen(o);
  if (name === 'galore') return galoreOf(o, optim);
  if (name === 'muon') return derived<string>('muon', 'the Muon plugin', plugin);
  return name !== undefined && PLAIN.includes(name)
    ? optim
    : derived<string>(UNKNOWN, 'an optimizer of its own', plugin);
}

function chosen(o: Options): string | undefined {
  if (isSet(o, 'lorap_lr_ratio')) return 'lorap';
  const galore = o.bool('use_galore');
  if (!o.has('use_galore') || galore.value === false) return 'default';
  return galore.value === true ? 'galore' : undefined;
}

/** The rank and the targets of transformers' own GaLore; `optim_per_parameter` keeps all gradients. */
function galoreOf(o: Options, optim: Sourced<string>): Sourced<string> {
  const other =
    o.int('galore_rank').value !== 128 ||
    o.text('galore_proj_type').value !== 'std' ||
    isSet(o, 'galore_target_modules') ||
    ['galore_quantization', 'galore_with_embedding'].some((key) => o.bool(key).value !== false);
  const name = other ? undefined : lowRank('galore', known(optim) ?? '');
  return derived<string>(name ?? UNKNOWN, 'GaLore', o.get('use_galore'), optim);
}
