import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, isSet, numberOf, removeOption, setOption } from '../constraint.ts';
import { findKey, similarKeys } from '../resolve-key.ts';
import { hfScope } from '../transformers/scopes.ts';
import { fastConstraints } from './constraints-fast.ts';
import { fullOrUnknown, isOwn, loraOf, rejects } from './facts.ts';
import { layerConstraints } from './layers.ts';
import { responsesConstraints } from './responses.ts';

const WIDTHS = ['load_in_4bit', 'load_in_8bit', 'load_in_16bit', 'load_in_fp8'];

/** Unsloth's own checks, before the trainer starts. */
export const unslothConstraints = lazy((): readonly Constraint[] => [
  rejects(
    'dtype',
    'models/loader.py',
    ({ options: o }) => {
      const node = o.node('load.dtype');
      if (node?.kind !== 'scalar' || typeof node.value !== 'string' || !node.quoted)
        return undefined;
      if (node.text === 'float16' || node.text === 'bfloat16') return undefined;
      return {
        at: 'load.dtype',
        message: say`the dtype can be None, a dtype of torch, "float16" or "bfloat16": an assertion fails on "${node.text}". None picks what the card has`,
        fixes: [removeOption('dtype')],
      };
    },
    { rule: 'bad-choice' },
  ),
  rejects('widths', 'models/loader.py', (input) => {
    const { options: o } = input;
    // FastLanguageModel looks at the sum only where it hands over to FastModel.
    const hands = isOn(o, 'load.load_in_8bit') || isOwn(input) === false;
    if (!hands || isSet(o, 'load.quantization_config') || fullOrUnknown(input)) return undefined;
    const on = WIDTHS.filter((key) => isOn(o, `load.${key}`));
    const [first, second] = on;
    if (first === undefined || second === undefined) return undefined;
    const named = on.filter((key) => o.has(`load.${key}`));
    return {
      at: `load.${named.at(-1) ?? second}`,
      with: on.map((key) => `load.${key}`),
      message: say`${first} and ${second} are both on, and only one width can be loaded${o.has('load.load_in_4bit') ? '' : say`: load_in_4bit is on unless it is set to False`}`,
      fixes: first === 'load_in_4bit' ? [setOption('load_in_4bit', false)] : [],
    };
  }),
  rejects('qat', 'models/loader.py', (input) => {
    const { options: o } = input;
    if (!isSet(o, 'load.qat_scheme') || isOn(o, 'load.full_finetuning')) return undefined;
    if (o.node('load.full_finetuning')?.kind === 'opaque') return undefined;
    return {
      at: 'load.qat_scheme',
      message: say`qat_scheme of the load is for full_finetuning: with LoRA it belongs to get_peft_model`,
    };
  }),
  rejects('rank', 'models/llama.py', (input) => {
    const { options: o } = input;
    const key = 'get_peft_model.r';
    const node = o.node(key);
    const rank = o.has(key) ? numberOf(o, key) : undefined;
    if (rank === undefined || node?.kind !== 'scalar') return undefined;
    const whole = /^-?\d+$/.test(node.text);
    // What PEFT says itself is said there.
    if (whole && (rank > 0 || loraOf(input) !== undefined)) return undefined;
    return {
      at: key,
      message: say`the rank must be a whole number above 0, not ${node.text}`,
      fixes: [setOption('r', 16)],
    };
  }),
  rejects('initialisation', 'models/llama.py', (input) => {
    const key = 'get_peft_model.init_lora_weights';
    const node = input.options.node(key);
    if (isOwn(input) !== true || node?.kind !== 'scalar' || typeof node.value !== 'string')
      return undefined;
    if (['gaussian', 'loftq', 'corda'].includes(node.value)) {
      const four = isOn(input.options, 'load.load_in_4bit');
      if (node.value !== 'loftq' || !four || fullOrUnknown(input)) return undefined;
      return {
        at: key,
        with: ['load.load_in_4bit'],
        message: say`loftq quantises the weights itself: it needs load_in_4bit=False`,
        fixes: [setOption('load_in_4bit', false)],
      };
    }
    return {
      at: key,
      message: say`Unsloth initialises by True, False, "gaussian", "loftq" or "corda", not by "${node.value}"`,
    };
  }),
  rejects('saved-modules', 'models/llama.py', (input) => {
    const key = 'get_peft_model.modules_to_save';
    const names = isSet(input.options, key) ? known(input.options.texts(key)) : undefined;
    const other = names?.find((name) => name !== 'lm_head' && name !== 'embed_tokens');
    if (other === undefined || isOwn(input) !== true || fullOrUnknown(input)) return undefined;
    return {
      at: key,
      message: say`Unsloth saves lm_head and embed_tokens alone, not \`${other}\``,
    };
  }),
  rejects('precision', 'models/rl.py', ({ options: o, draft, context }) => {
    const card = known(context.gpu);
    const dtype = draft.loadDtype === undefined ? undefined : known(draft.loadDtype);
    const written = isSet(o, 'load.dtype');
    // Where float32 is forced no flag counts.
    if (draft.computeDtype?.value === 'float32') return undefined;
    if (isOn(o, 'load.full_finetuning') || (!written && !card)) return undefined;
    const wrong = dtype === 'float16' ? 'bf16' : dtype === 'bfloat16' ? 'fp16' : undefined;
    if (wrong === undefined || !o.has(wrong) || !isOn(o, wrong)) return undefined;
    const right = wrong === 'bf16' ? 'fp16' : 'bf16';
    return {
      at: wrong,
      with: ['load.dtype'],
      message: say`the model is loaded in ${right}${written ? '' : say`, as the ${card?.name} asks for it`}, and Unsloth refuses to train it in ${wrong}: ask for ${right}, or for neither`,
      fixes: [
        {
          title: say`Use ${right}`,
          safety: 'unsafe',
          changes: [
            { kind: 'option', key: wrong, to: null },
            { kind: 'option', key: right, to: true },
          ],
        },
      ],
    };
  }),
  rejects(
    'adapter-of-full',
    'models/llama.py',
    ({ options: o, recognized }) => {
      const adapter = recognized.sections.some(({ scope }) => scope.id === 'get_peft_model');
      if (!adapter || !isOn(o, 'load.full_finetuning')) return undefined;
      return {
        at: 'load.full_finetuning',
        message: say`full_finetuning trains every weight: get_peft_model has no effect then`,
      };
    },
    { rule: 'overridden-key', severity: 'warning' },
  ),
  rejects(
    'slip',
    'models/loader.py',
    ({ recognized }) => {
      const load = recognized.sections.find(({ scope }) => scope.id === 'load');
      const plain = hfScope('from_pretrained');
      const slip = load?.entries.find(
        ({ key }) =>
          findKey(load.scope, key) === undefined &&
          plain !== undefined &&
          findKey(plain, key) === undefined &&
          similarKeys(load.scope, key).length > 0,
      );
      if (load === undefined || slip === undefined) return undefined;
      const [near = ''] = similarKeys(load.scope, slip.key);
      const origin = { kind: 'written', file: load.file, entry: slip, scope: 'load' } as const;
      return {
        at: slip.key,
        place: { value: slip.key, origin },
        onKey: true,
        message: say`${load.scope.title} has no \`${slip.key}\`: the model's class gets it and stops. Did you mean \`${near}\`?`,
        fixes: [
          {
            title: say`Rename to \`${near}\``,
            safety: 'unsafe',
            changes: [{ kind: 'rename', at: origin, to: near }],
          },
        ],
      };
    },
    { rule: 'unknown-key' },
  ),
  ...fastConstraints(),
  ...layerConstraints(),
  ...responsesConstraints(),
]);
