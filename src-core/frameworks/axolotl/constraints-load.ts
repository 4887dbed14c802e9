import { known } from '../../run/sourced.ts';
import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import { type Constraint, removeOption } from '../constraint.ts';
import { type Cfg, isMap } from './cfg.ts';
import { rejects, wrong } from './facts.ts';

const LOADERS = 'loaders/utils.py';

/** Embedding and head as models call them (`get_linear_embedding_layers`). */
const EMBEDDINGS = [
  ['embed_tokens', 'lm_head'],
  ['embed_in', 'embed_out'],
  ['word_embeddings', 'lm_head'],
  ['embeddings', 'lm_head'],
];

/** Whether an adapter is trained and none of a model's embeddings with its head is. */
function keepsEmbeddings(c: Cfg): boolean {
  if (!c.on('adapter')) return false;
  if (c.off('lora_modules_to_save')) return true;
  const saved = c.list('lora_modules_to_save');
  return (
    saved !== undefined && !EMBEDDINGS.some((names) => names.every((one) => saved.includes(one)))
  );
}

/** Models whose tokenizers have no tokens for the marks of ChatML: each is more than two of theirs. */
const WITHOUT_CHATML =
  /^(?:meta-llama\/|NousResearch\/(?:Meta-)?Llama-[23]|mistralai\/(?:Mistral-7B|Mixtral))/;

const tokens = lazy((): readonly Constraint[] => [
  rejects('new-tokens', LOADERS, (c) =>
    c.on('tokens') && keepsEmbeddings(c)
      ? wrong(
          ['tokens', 'adapter', 'lora_modules_to_save'],
          say`new \`tokens\` beside an adapter need the embedding and the head in \`lora_modules_to_save\` (embed_tokens and lm_head in most models)`,
          [removeOption('tokens')],
        )
      : undefined,
  ),
  // https://github.com/axolotl-ai-cloud/axolotl/pull/787
  rejects('new-special-tokens', 'loaders/tokenizer.py', (c) => {
    if (!WITHOUT_CHATML.test(c.text('base_model') ?? '') || c.on('tokenizer_config'))
      return undefined;
    const name = ['eos_token', 'bos_token', 'unk_token'].find((key) =>
      /^<\|im_(?:start|end)\|>$/.test(c.text(`special_tokens.${key}`) ?? ''),
    );
    if (name === undefined || !keepsEmbeddings(c) || c.on('added_tokens_overrides'))
      return undefined;
    return wrong(
      [`special_tokens.${name}`, 'adapter', 'lora_modules_to_save'],
      say`\`${c.text(`special_tokens.${name}`)}\` is a new token to this model: beside an adapter it needs embed_tokens and lm_head in \`lora_modules_to_save\``,
    );
  }),
  rejects('tied-tensors', LOADERS, (c, { draft }) => {
    const key = 'tensor_parallel_size';
    const model = draft.model && known(draft.model);
    if ((c.number(key) ?? 1) <= 1 || model?.record?.arch?.tieWordEmbeddings !== true)
      return undefined;
    return wrong(
      [key, 'base_model'],
      say`the model's head is its embedding: tensor parallelism does not work with tied weights`,
      [removeOption(key)],
    );
  }),
  rejects('no-rank', 'loaders/adapter.py', (c) => {
    const missing = ['lora_r', 'lora_alpha'].filter((key) => !c.set(key));
    const [first] = missing;
    if (first === undefined || !c.is('adapter', 'lora', 'qlora')) return undefined;
    if (['lora_model_dir', 'inference', 'merge_lora'].some((one) => !c.off(one))) return undefined;
    const changes = missing.map((key) => ({ kind: 'option' as const, key, to: 16 }));
    return wrong(
      ['adapter'],
      missing.length > 1
        ? say`\`lora_r\` and \`lora_alpha\` have no defaults in axolotl: PEFT stops without them`
        : say`\`${first}\` has no default in axolotl: PEFT stops without it`,
      [{ title: say`Set \`${first}\` to \`${16}\``, safety: 'suggestion', changes }],
    );
  }),
]);

/** Modules of prompt_strategies, in any release, and the handlers of utils/data/wrappers.py. */
const SUPERVISED =
  'alpaca alpaca_chat alpaca_instruct alpaca_w_system chat_template completion concisechoice context_qa creative_acr explainchoice gpteacher input_output jeopardy llama2_chat messages metharme oasst orcamini pretrain pygmalion reflection sharegpt_jokes sharegpt_simple stepwise_supervised summarizetldr user_defined _synthetic'.split(
    ' ',
  );

/** Functions of prompt_strategies/dpo, kto and orpo. */
const PAIRS = 'argilla_chat intel prompt_pairs ultra';
const PREFERENCE: Readonly<Record<string, readonly string[]>> = {
  dpo: [
    ...functions('chat_template', 'default argilla_chat'),
    ...['chatml', 'llama3'].flatMap((one) => functions(one, `default icr ${PAIRS}`)),
    ...functions('passthrough', 'default'),
    ...functions('user_defined', 'default'),
    ...functions('zephyr', 'nectar'),
  ],
  kto: [
    ...['chatml', 'llama3'].flatMap((one) => functions(one, `argilla ${PAIRS}`)),
    ...functions('user_defined', 'default'),
  ],
  orpo: functions('chat_template', 'argilla'),
};

function functions(module: string, names: string): readonly string[] {
  return names.split(' ').map((name) => `${module}.${name}`);
}

/** The types of data sets that are words. */
function types(c: Cfg): readonly string[] {
  return ['datasets', 'test_datasets'].flatMap((key) =>
    (c.list(key) ?? []).flatMap((one) =>
      isMap(one) && typeof one.type === 'string' && one.type !== '' ? [one.type] : [],
    ),
  );
}

/** A type that names no module of axolotl's own; one with a dot may be a module of the user's. */
function strange(c: Cfg): string | undefined {
  if (!c.off('rl') || !c.off('skip_prepare_dataset')) return undefined;
  return types(c).find((type) => {
    const base = type.split(':')[0] ?? '';
    return !/[.$/]|^(?:bradley_terry|sharegpt)/.test(type) && !SUPERVISED.includes(base);
  });
}

function noStrategy(type: string, near?: string): Phrase {
  return say`axolotl has no prompt strategy \`${type}\`${near === undefined ? '' : say`: did you mean \`${near}\`?`}`;
}

const strategies = lazy((): readonly Constraint[] =>
  [
    rejects('dataset-type', 'utils/data/wrappers.py', (c) => {
      const type = strange(c);
      const [near] = type === undefined ? [] : closest(type, SUPERVISED);
      return type && near && wrong(['datasets'], noStrategy(type, near));
    }),
    {
      ...rejects('dataset-type-unknown', 'utils/data/wrappers.py', (c) => {
        const type = strange(c);
        if (type === undefined || closest(type, SUPERVISED).length > 0) return undefined;
        return wrong(['datasets'], noStrategy(type));
      }),
      // Data that are tokenized already need no type, and a fork may have more.
      severity: 'warning' as const,
    },
    rejects('preference-type', 'utils/data/rl.py', (c) => {
      const rl = c.text('rl') ?? '';
      const own = PREFERENCE[/^(?:ipo|simpo)$/.test(rl) ? 'dpo' : rl];
      if (own === undefined) return undefined;
      const bad = types(c).find((type) => {
        const name = type.includes('.') ? type : `${type}.default`;
        const [module = ''] = name.split('.');
        const isOwn = own.some((one) => one.startsWith(`${module}.`));
        const isElse = isOwn ? name.split('.').length === 2 : SUPERVISED.includes(type);
        return isElse && !own.includes(name);
      });
      if (bad === undefined) return undefined;
      const [module = ''] = bad.split('.');
      const near = own.filter((one) => one.startsWith(`${module}.`));
      const shown = near.length > 0 ? near : own;
      return wrong(
        ['datasets', 'rl'],
        say`\`rl: ${rl}\` has no strategy \`${bad}\`: one of ${shown.join(', ')}`,
      );
    }),
  ].map((one) => ({ ...one, rule: 'bad-choice' as const })),
);

/** What stops once the tokenizer, the model and the data are loaded. */
export const loadConstraints = lazy((): readonly Constraint[] => [...tokens(), ...strategies()]);
