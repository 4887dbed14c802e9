import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import type { Constraint, ConstraintInput } from '../constraint.ts';
import { notes, wrong } from './facts.ts';

const KEY = 'unfrozen_parameters';
const WHERE = 'utils/freeze.py';

/**
 * What begins within a name, alone or behind `.*`: a pattern is matched from the beginning of a parameter's name,
 * where a dot is a dot unless `+` follows it.
 */
const INNER =
  /^\^?(?:\.\*)?(?:layers|self_attn|mlp|block_sparse_moe|[qkvo]_proj|(?:gate|up|down)_proj|embed_tokens|(?:input|post_attention)_layernorm)(?![a-z_])/;
const LAYER = /^\^?model\.layers\.(\d+)(?=[.$]|$)/;

/** Patterns of parameters to train that no parameter's name matches. */
export const unfrozenConstraints = lazy((): readonly Constraint[] => [
  notes('unfrozen-none', WHERE, 'warning', 'nothing-trained', (c, input) => {
    const patterns = c.list(KEY) ?? [];
    const dead = patterns.filter((one) => isDead(one, input));
    if (dead.length === 0 || dead.length < patterns.length) return undefined;
    return wrong(
      [KEY],
      say`no parameter's name begins like \`${String(dead[0])}\`, nor like the others: all are frozen, and nothing is trained`,
    );
  }),
  notes('unfrozen-some', WHERE, 'warning', 'ignored-key', (c, input) => {
    const patterns = c.list(KEY) ?? [];
    const dead = patterns.find((one) => isDead(one, input));
    if (dead === undefined || patterns.every((one) => isDead(one, input))) return undefined;
    return wrong(
      [KEY],
      say`no parameter's name begins like \`${String(dead)}\`: it leaves nothing to train`,
    );
  }),
]);

function isDead(pattern: unknown, { draft }: ConstraintInput): boolean {
  if (typeof pattern !== 'string') return false;
  if (INNER.test(pattern)) return true;
  const layers = draft.model && known(draft.model)?.record?.arch?.layers;
  const layer = LAYER.exec(pattern)?.[1];
  return layers !== undefined && layer !== undefined && Number(layer) >= layers;
}
