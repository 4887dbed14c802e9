/** Floating and quantised number formats, by the name torch and bitsandbytes use. */
export type DType =
  | 'float32'
  | 'tf32'
  | 'bfloat16'
  | 'float16'
  | 'float8_e4m3fn'
  | 'float8_e5m2'
  | 'int8'
  | 'nf4'
  | 'fp4';

/** Mixed precision of the trainer: what autocast computes in. `none` computes in the weights' dtype. */
export type MixedPrecision = 'none' | 'fp16' | 'bf16' | 'fp8';
