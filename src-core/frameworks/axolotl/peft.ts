import { type ConstraintInput, setOption } from '../constraint.ts';
import { loraOptions, type Targets } from '../peft/facts.ts';
import { cfgOf } from './cfg.ts';

/** The modules of a new adapter (loaders/adapter.py): as they are, unless all linear layers join them. */
function targets({ recognized }: ConstraintInput): Targets | undefined {
  const c = cfgOf(recognized);
  if (!c.whole || !c.off('lora_target_linear') || !c.off('lora_model_dir')) return undefined;
  const text = c.text('lora_target_modules');
  if (text !== undefined) return text === '' ? undefined : { kind: 'pattern', text };
  const list = c.list('lora_target_modules');
  const names = list?.filter((one) => typeof one === 'string');
  return names === undefined || names.length !== list?.length
    ? undefined
    : { kind: 'names', names };
}

/** The LoraConfig that axolotl's options make. */
export const loraConfig = loraOptions(
  {
    r: 'lora_r',
    lora_dropout: 'lora_dropout',
    target_modules: 'lora_target_modules',
    target_parameters: 'lora_target_parameters',
    layers_to_transform: 'peft_layers_to_transform',
    layers_pattern: 'peft_layers_pattern',
  },
  {
    targets,
    allLinear: {
      ...setOption('lora_target_linear', true),
      changes: [
        { kind: 'option', key: 'lora_target_modules', to: null },
        { kind: 'option', key: 'lora_target_linear', to: true },
      ],
    },
  },
);
