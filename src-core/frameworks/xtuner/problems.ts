import type { KeyProblem } from '../../run/problem.ts';
import { known, type Sourced } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';

/** What attention over packed samples of their own lengths is made of. */
export interface Varlen {
  readonly asked: Sourced<boolean>;
  readonly rows: Sourced<number>;
  readonly packs: Sourced<boolean>;
}

/** What xtuner's tools/train.py and its data sets refuse beside `use_varlen_attn`. */
export function varlenProblems({ asked, rows, packs }: Varlen): readonly KeyProblem[] {
  if (known(asked) !== true) return [];
  const problem = {
    rule: 'rejected-combination',
    severity: 'error',
    related: [{ at: asked, message: say`\`${'use_varlen_attn'}\` takes part` }],
  } as const;
  const size = known(rows);
  return [
    ...(size !== undefined && size > 1
      ? [
          {
            ...problem,
            at: rows,
            message: say`\`use_varlen_attn\` takes one packed sample at a time: \`batch_size\` must be 1, not ${size}`,
            cite: { label: 'xtuner tools/train.py, check_cfg' },
          },
        ]
      : []),
    ...(known(packs) === false
      ? [
          {
            ...problem,
            at: packs,
            message: say`\`${'use_varlen_attn'}\` needs \`${'pack_to_max_length'}\``,
            cite: { label: 'xtuner dataset/huggingface.py, process_hf_dataset' },
          },
        ]
      : []),
  ];
}
