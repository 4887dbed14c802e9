import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known } from '../../run/sourced.ts';
import { isOn, isSet } from '../constraint.ts';

/**
 * Under these ms-swift computes the loss from the model's logits itself, and Liger's fused loss is not taken
 * (trainers/seq2seq_trainer.py, `compute_loss`, which warns of the memory).
 */
const OWN_LOSS = ['enable_dft_loss', 'enable_channel_loss'];

/** The loss of supervised training where it is not the model's own. */
export function ownLoss(o: Options): RunDraft {
  const size = o.int('sequence_parallel_size');
  const own =
    (known(size) ?? 1) > 1 ||
    OWN_LOSS.some((key) => isOn(o, key)) ||
    isSet(o, 'loss_type') ||
    (known(o.float('label_smoothing_factor')) ?? 0) > 0;
  return own ? { lossKernel: derived<'full'>('full', "ms-swift's own loss", size) } : {};
}
