/** A neutral field of the run, and the value it gets. */
export type FitChange =
  | { readonly field: 'microBatch' | 'gradientAccumulation' | 'maxLength'; readonly to: number }
  | { readonly field: 'gradientCheckpointing' | 'liger'; readonly to: boolean }
  | { readonly field: 'optimizer'; readonly to: string }
  | { readonly field: 'quantization'; readonly to: 'nf4' }
  | { readonly field: 'method'; readonly to: 'lora' }
  | { readonly field: 'rollout.utilization'; readonly to: number }
  | { readonly field: 'rollout.sleeps'; readonly to: true }
  | { readonly field: 'lora.targets'; readonly to: readonly string[] }
  | { readonly field: 'parallel.zeroStage'; readonly to: 2 | 3 };
