import { type FirstReleases, firstOf } from '../since.ts';

/** The first release that makes a check of DeepSpeed, by the beginning of its id, as its tags have it. */
const SINCE: FirstReleases = [
  ['0.19.6', ['gradient-allreduce-op', 'allreduce-sum-']],
  ['0.19.3', ['loss_scale_window-', 'min_loss_scale-']],
  ['0.18.8', ['loss-scale']],
  ['0.18.3', ['bf16.bf16_', 'optimizer-states-without-master']],
  ['0.17.5', ['zenflow-']],
  ['0.17.2', ['autocast-dtype']],
  ['0.17.1', ['fp16-mapping', 'bf16-mapping']],
  ['0.16.4', ['tensor_parallel-mapping']],
  ['0.14.3', ['comet-mapping']],
  ['0.14.1', ['communication_data_type', 'seq_parallel_communication_data_type']],
  ['0.13.2', ['compile-mapping']],
  ['0.12.3', ['partial-offload', 'zero_optimization.offload_optimizer.ratio']],
  ['0.9.0', ['hybrid_engine-mapping']],
  ['0.8.1', ['tensorboard-mapping', 'wandb-mapping', 'csv_monitor-mapping']],
  ['0.7.0', ['zero_optimization', 'zero-stage-null', 'cpu_offload', 'stage3_gather_fp16']],
];

/** The release from which on DeepSpeed makes a check, where its tags show one. */
export function firstRelease(id: string): string | undefined {
  return firstOf(SINCE, id);
}
