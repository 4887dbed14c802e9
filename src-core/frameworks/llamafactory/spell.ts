import type { Options } from '../../run/options.ts';
import type { FieldName, RunFields } from '../../run/run-fields.ts';
import type { Attention, Method, Quantization } from '../../run/training-run.ts';
import type { OptionChange } from '../framework.ts';

/** LLaMA-Factory's spelling of fields that are more than one key, or the other way round. */
export function spellLlamaFactory<K extends FieldName>(
  field: K,
  to: RunFields[K],
  options: Options,
): readonly OptionChange[] | undefined {
  switch (field) {
    case 'precision':
      return spellPrecision(to as RunFields['precision'], options);
    case 'trainableDtype':
      // Trainable weights are cast to fp32 unless pure_bf16 says otherwise.
      return to === 'float32' && options.has('pure_bf16')
        ? spellPrecision('bf16', options)
        : undefined;
    case 'method':
      return spellMethod(to as Method, options);
    case 'quantization':
      return spellQuantization(to as Quantization | null, options);
    case 'gradientCheckpointing':
      return [{ key: 'disable_gradient_checkpointing', to: to === true ? null : true }];
    case 'attention':
      return spellAttention(to as Attention);
    default:
      return undefined;
  }
}

/** Adapters do not train with the optimizers that make up for having none. */
function spellMethod(to: Method, o: Options): readonly OptionChange[] {
  const gone = to === 'lora' ? ['use_galore', 'use_apollo', 'use_badam'] : [];
  const changes = gone.filter((key) => o.has(key)).map((key): OptionChange => ({ key, to: null }));
  return [{ key: 'finetuning_type', to }, ...changes];
}

/** fp32 has no spelling: without flags LLaMA-Factory computes in the checkpoint's dtype. */
function spellPrecision(
  to: RunFields['precision'],
  o: Options,
): readonly OptionChange[] | undefined {
  if (to === 'fp32' || to === 'fp8') return undefined;
  // The written flag becomes the wanted one; the others go.
  const drop = ['bf16', 'fp16', 'pure_bf16'].filter((key) => key !== to && o.has(key));
  const gone = drop.map((key): OptionChange => ({ key, to: null }));
  return [{ key: to, to: true }, ...gone];
}

/** What hparams/parser.py does not take over quantised weights. */
const WHOLE_WEIGHTS = ['fp8', 'pissa_init', 'resize_vocab', 'create_new_adapter'];

function spellQuantization(
  to: Quantization | null,
  o: Options,
): readonly OptionChange[] | undefined {
  const refused = to !== null && WHOLE_WEIGHTS.some((key) => o.bool(key).value === true);
  return refused ? undefined : [{ key: 'quantization_bit', to: to?.bits ?? null }];
}

const ATTENTION: { readonly [K in Attention]?: string } = {
  eager: 'disabled',
  sdpa: 'sdpa',
  flash_attention_2: 'fa2',
  flash_attention_3: 'fa3',
};

function spellAttention(to: Attention): readonly OptionChange[] | undefined {
  const name = ATTENTION[to];
  return name === undefined ? undefined : [{ key: 'flash_attn', to: name }];
}
