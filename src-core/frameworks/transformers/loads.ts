import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, setOption } from '../constraint.ts';

const LOAD = 'from_pretrained';
const MODELING = 'transformers modeling_utils.py';

/** Names of torch's that weights can have. */
const TORCH = /^(?:b?float16|float32|float64|float|half|double|bfloat16)$/;
/** What people write for them. */
const SHORT: { readonly [name: string]: string } = {
  bf16: 'bfloat16',
  fp16: 'float16',
  fp32: 'float32',
  f16: 'float16',
  f32: 'float32',
};

/** The name of torch's that a text means, which torch does not know; `undefined` for one that it knows. */
function strangeDtype(text: string): { readonly meant: string | undefined } | undefined {
  if (text === 'auto' || TORCH.test(text)) return undefined;
  const plain = text.replace(/^torch\./, '');
  const meant = SHORT[plain] ?? plain;
  return { meant: TORCH.test(meant) ? meant : undefined };
}

/** A dtype of a load in Python by a name that torch does not have. */
export const loadConstraints = lazy((): readonly Constraint[] => [
  ...['torch_dtype', 'dtype'].map(
    (name): Constraint => ({
      id: `load-${name.replace('_', '-')}`,
      rule: 'bad-choice',
      cite: { label: `${MODELING}, _get_dtype` },
      check({ options: o }) {
        const key = `${LOAD}.${name}`;
        const node = o.node(key);
        const strange =
          node?.kind === 'scalar' && node.quoted ? strangeDtype(node.text) : undefined;
        if (node?.kind !== 'scalar' || strange === undefined) return undefined;
        return {
          at: key,
          message: say`torch has no dtype \`${node.text}\`: the text must be the name as torch has it, such as \`bfloat16\``,
          fixes: strange.meant === undefined ? [] : [setOption(name, strange.meant)],
        };
      },
    }),
  ),
]);
