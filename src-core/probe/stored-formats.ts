import { activationFamily, type Site } from '../facts/activations/activations.ts';
import { type FloatFormat, formatOf, fp16, fp32 } from './formats.ts';
import { residualFormat } from './residual-format.ts';
import type { DtypeSpec } from './spec.ts';

/** The formats that a run's values are stored in. */
export interface Formats {
  readonly compute: FloatFormat;
  readonly stream: FloatFormat;
  /** Whether T5's `wo` is kept out of them. */
  readonly keepsWo: boolean;
  /** Whether an infinity is cut back to the end of fp16 behind each part of a layer. */
  readonly clamps: boolean;
}

/** The formats of a run, by its dtypes and what its model does in fp16. */
export function formatsOf(spec: DtypeSpec): Formats {
  const compute = formatOf(spec.computeDtype) ?? fp32;
  const stream = residualFormat(spec);
  // transformers loads T5 in fp16 with `wo` in fp32, and T5Block (models/t5/modeling_t5.py) clamps what it
  // passes on where that is fp16; under autocast over fp32 weights it is not.
  const t5 = activationFamily(spec.model) === 't5';
  const halved = spec.mixedPrecision === 'none' && spec.loadDtype === 'float16';
  return { compute, stream, keepsWo: t5 && halved, clamps: t5 && stream === fp16 };
}

/** The format that a site's values are stored in under `spec`. */
export function storedIn(site: Site, spec: DtypeSpec): FloatFormat {
  const { compute, stream, keepsWo } = formatsOf(spec);
  if (site === 'mlp' && keepsWo) return fp32;
  return inStream(site) ? stream : compute;
}

/** Whether a site is stored in the residual stream's format, not in that of matrix products. */
export function inStream(site: Site): boolean {
  return site === 'residual' || site === 'embedding' || site === 'finalNorm';
}
