import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived } from '../../run/sourced.ts';
import { dtypeOf } from '../hf/trainer-fields.ts';

/** The dtype that vllm_engine_kwargs, a mapping or JSON in a text, gives the engine. */
export function rolloutFields(o: Options): RunDraft {
  if (!o.has('vllm_engine_kwargs')) return {};
  const kwargs = o.get('vllm_engine_kwargs');
  const text = typeof kwargs.value === 'string' ? kwargs.value : JSON.stringify(kwargs.value);
  const name = /"dtype"\s*:\s*"(\S+?)"/.exec(text ?? '')?.[1];
  if (name === undefined) return {};
  const dtype = dtypeOf({ value: name, origin: kwargs.origin });
  return { rolloutDtype: derived<DType>(dtype.value, 'vllm_engine_kwargs', kwargs) };
}
