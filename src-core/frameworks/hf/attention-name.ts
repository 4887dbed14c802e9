import { closest } from '../../text/distance.ts';
import { say } from '../../text/message.ts';
import { type Constraint, setOption, textOf } from '../constraint.ts';

/** What transformers 4.57 to 5.18 call their attention; `paged|` may stand in front. */
const NAMES = [
  'eager',
  'sdpa',
  'flash_attention_2',
  'flash_attention_3',
  'flash_attention_4',
  'flex_attention',
] as const;

/** Other spellings of the same. */
const MEANT: Readonly<Record<string, string>> = {
  flash_attn: 'flash_attention_2',
  flash_attention: 'flash_attention_2',
  flash_attn_2: 'flash_attention_2',
  flash_attention2: 'flash_attention_2',
  fa2: 'flash_attention_2',
  fa3: 'flash_attention_3',
  flex: 'flex_attention',
};

/**
 * An attention that transformers does not have. Names with `/` are kernels of the hub; a Python
 * program may register one of its own.
 */
export const attentionName: Constraint = {
  id: 'attention-name',
  rule: 'bad-choice',
  cite: { label: 'transformers modeling_utils.py, get_correct_attn_implementation' },
  check({ options: o, recognized }) {
    const key = 'attn_implementation';
    const text = o.has(key) ? textOf(o, key) : undefined;
    const name = text?.replace(/^paged\|/, '');
    if (name === undefined || !/^[\w-]+$/.test(name) || isAttention(name)) return undefined;
    const own = recognized.sections.some(({ document }) =>
      /AttentionInterface|ALL_ATTENTION_FUNCTIONS/.test(document.file.text),
    );
    if (own) return undefined;
    const meant = MEANT[name.toLowerCase().replaceAll('-', '_')];
    const near = meant === undefined ? closest(name, NAMES, 2) : [meant];
    return {
      at: key,
      message: say`transformers has no attention \`${name}\`: one of ${NAMES.join(', ')}, or a kernel of the hub`,
      fixes: near.map((one) => setOption(key, one)),
    };
  },
};

function isAttention(name: string): boolean {
  return NAMES.some((one) => one === name);
}
