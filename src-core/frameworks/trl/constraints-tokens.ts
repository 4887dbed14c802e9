import { specialTokens } from '../../facts/special-tokens.ts';
import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isSet, removeOption, textOf } from '../constraint.ts';
import { inPython, REWARD, rejects, SFT } from './facts.ts';

const PAD = ['sft', 'dpo', 'reward', 'kto', ...SFT, ...REWARD];

/** Tokens that are looked up in the tokenizer before training. */
export const tokenConstraints = lazy((): readonly Constraint[] =>
  ['eos_token', 'pad_token'].map((key) =>
    rejects(
      key.replace('_', '-'),
      {
        by: key === 'eos_token' ? [...SFT, ...REWARD] : PAD,
        where: 'trainer/sft_trainer.py',
        since: '0.17',
      },
      (input) => {
        const { options: o, draft } = input;
        const token = isSet(o, key) ? textOf(o, key) : undefined;
        // A program or a chat template may add tokens to the tokenizer.
        const extended = inPython(input) || isSet(o, 'chat_template_path');
        const model = draft.model === undefined ? undefined : known(draft.model);
        if (token === undefined || extended || model === undefined) return undefined;
        if (!/^<\|.*\|>$/.test(token)) return undefined;
        const has = specialTokens(model.text);
        if (has === undefined || has(token)) return undefined;
        return {
          at: key,
          with: ['model_name_or_path'],
          message: say`the vocabulary of ${model.text} has no \`${token}\`: the trainer stops`,
          fixes: [removeOption(key)],
        };
      },
    ),
  ),
);
