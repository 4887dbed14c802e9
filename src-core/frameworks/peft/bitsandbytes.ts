import type { Options } from '../../run/options.ts';
import type { ScalarNode } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  isOff,
  isOn,
  isSet,
  removeOption,
  setOption,
  type Violation,
} from '../constraint.ts';
import { unusedConfig } from '../transformers/quantization.ts';

const SCOPE = 'BitsAndBytesConfig';
const [FOUR, EIGHT] = [`${SCOPE}.load_in_4bit`, `${SCOPE}.load_in_8bit`];
const cite = { label: 'transformers utils/quantization_config.py, BitsAndBytesConfig' };

const SWITCHES = [
  ...['load_in_4bit', 'load_in_8bit', 'llm_int8_enable_fp32_cpu_offload'],
  ...['llm_int8_has_fp16_weight', 'bnb_4bit_use_double_quant'],
];

/** Dtypes by the names that torch gives them, as far as a product can be computed in them. */
const TORCH = /^(?:b?float16|float32|float64|float|half|double)$/;
/** What people write for them. */
const SHORT: { readonly [name: string]: string } = {
  bf16: 'bfloat16',
  fp16: 'float16',
  fp32: 'float32',
};

/** The checks of transformers' BitsAndBytesConfig: it looks at types as strictly as Python allows. */
export const bnbConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'bnb-two-widths',
    cite,
    check({ options: o }) {
      if (!o.has(FOUR) || !o.has(EIGHT) || !isOn(o, FOUR) || !isOn(o, EIGHT)) return undefined;
      return {
        at: EIGHT,
        with: [FOUR],
        message: say`load_in_4bit and load_in_8bit exclude each other`,
        fixes: [removeOption('load_in_8bit'), removeOption('load_in_4bit')],
      };
    },
  },
  {
    id: 'bnb-unused',
    rule: 'ignored-key',
    severity: 'warning',
    cite,
    check({ options: o, recognized }) {
      const name = unusedConfig(recognized);
      const at = [FOUR, EIGHT].find((key) => isOn(o, key));
      const packed = ['quantization_config', 'load_in_4bit', 'load_in_8bit'];
      const otherwise = packed.some((key) => isSet(o, `from_pretrained.${key}`));
      if (name === undefined || at === undefined || otherwise) return undefined;
      return {
        at,
        onKey: true,
        message: say`\`${name}\` is given to nothing: the model loads unquantised. The load takes it as \`quantization_config\``,
      };
    },
  },
  {
    id: 'bnb-quant-type',
    rule: 'bad-choice',
    cite: { label: 'bitsandbytes functional.py, quantize_4bit' },
    check({ options: o }) {
      const key = `${SCOPE}.bnb_4bit_quant_type`;
      const node = o.node(key);
      if (node?.kind !== 'scalar' || typeof node.value !== 'string' || !node.quoted)
        return undefined;
      if (node.text === 'fp4' || node.text === 'nf4') return undefined;
      // Nothing looks at the type unless 4-bit weights are made.
      if (isOff(o, FOUR)) return undefined;
      return {
        at: key,
        with: [FOUR],
        message: say`bitsandbytes makes 4-bit weights of the types nf4 and fp4, not \`${node.text}\``,
        fixes: [setOption('bnb_4bit_quant_type', 'nf4')],
      };
    },
  },
  ...SWITCHES.map((name) => typed(name, (o, key) => notBoolean(o, key, name))),
  typed('llm_int8_threshold', (o, key) => {
    const node = o.node(key);
    if (node?.kind !== 'scalar') return undefined;
    const int = typeof node.value === 'number' && /^\d+$/.test(node.text);
    if (int)
      return {
        at: key,
        message: say`the threshold must be a float: Python takes \`${node.text}\` for an int, and the config refuses it. Write ${node.text}.0`,
      };
    if (typeof node.value === 'number' || !isLiteral(node)) return undefined;
    return { at: key, message: say`the threshold must be a float, not ${node.text}` };
  }),
  typed('bnb_4bit_quant_type', (o, key) => {
    const node = o.node(key);
    if (node?.kind !== 'scalar' || typeof node.value === 'string') return undefined;
    return { at: key, message: say`the type must be "nf4" or "fp4", not ${node.text}` };
  }),
  typed('llm_int8_skip_modules', (o, key) => {
    const node = o.node(key);
    if (node?.kind !== 'scalar' || typeof node.value !== 'string' || !node.quoted) return undefined;
    return { at: key, message: say`the modules to skip must be a list of names, not one text` };
  }),
  typed('bnb_4bit_compute_dtype', (o, key) => {
    const node = o.node(key);
    if (node?.kind === 'scalar' && typeof node.value === 'number')
      return { at: key, message: say`the dtype must be torch's or its name, not ${node.text}` };
    if (node?.kind !== 'scalar' || typeof node.value !== 'string' || !node.quoted) return undefined;
    if (TORCH.test(node.text)) return undefined;
    const meant = SHORT[node.text.replace(/^torch\./, '')] ?? node.text.replace(/^torch\./, '');
    return {
      at: key,
      message: say`torch has no dtype \`${node.text}\`: the text must be the name as torch has it, such as \`bfloat16\``,
      fixes: TORCH.test(meant) ? [setOption('bnb_4bit_compute_dtype', meant)] : [],
    };
  }),
]);

function typed(
  name: string,
  check: (o: Options, key: string) => Violation | undefined,
): Constraint {
  const key = `${SCOPE}.${name}`;
  return {
    id: `bnb-type-${name}`,
    rule: 'wrong-type',
    cite,
    check: ({ options }) => (options.has(key) ? check(options, key) : undefined),
  };
}

/** A number, None, or a text in quotes; a constant by its name may be anything. */
function isLiteral({ value, quoted }: ScalarNode): boolean {
  return typeof value !== 'string' || quoted;
}

/** A text such as "True" is no boolean to Python. */
function notBoolean(o: Options, key: string, name: string): Violation | undefined {
  const node = o.node(key);
  if (node?.kind !== 'scalar' || typeof node.value === 'boolean' || !isLiteral(node))
    return undefined;
  const what = node.quoted ? say`a text` : node.value === null ? 'None' : say`a number`;
  return {
    at: key,
    message: say`${name} must be True or False, not ${what}: the config refuses it`,
    fixes: [setOption(name, /^(?:true|1)$/i.test(node.text))],
  };
}
