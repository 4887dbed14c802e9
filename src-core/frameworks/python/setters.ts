import type { Call, Document, Entry } from '../../syntax/document.ts';
import { callsOf, inOneFunction } from './follow.ts';

/** Methods of TrainingArguments, and the options that each sets, named in the call or not (transformers training_args.py). */
const SETTERS: Readonly<Record<string, readonly string[]>> = {
  set_training: [
    'do_train',
    'learning_rate',
    'per_device_train_batch_size',
    'weight_decay',
    'num_train_epochs',
    'max_steps',
    'gradient_accumulation_steps',
    'seed',
    'gradient_checkpointing',
  ],
  set_evaluate: [
    'eval_strategy',
    'do_eval',
    'eval_steps',
    'per_device_eval_batch_size',
    'eval_accumulation_steps',
    'eval_delay',
    'prediction_loss_only',
  ],
  set_testing: ['do_predict', 'per_device_eval_batch_size', 'prediction_loss_only'],
  set_save: ['save_strategy', 'save_steps', 'save_total_limit', 'save_on_each_node'],
  set_logging: [
    'logging_strategy',
    'logging_steps',
    'report_to',
    'log_level',
    'logging_first_step',
    'logging_nan_inf_filter',
    'log_on_each_node',
    'log_level_replica',
  ],
  set_push_to_hub: [
    'push_to_hub',
    'hub_model_id',
    'hub_strategy',
    'hub_token',
    'hub_private_repo',
    'hub_always_push',
  ],
  set_optimizer: [
    'optim',
    'learning_rate',
    'weight_decay',
    'adam_beta1',
    'adam_beta2',
    'adam_epsilon',
    'optim_args',
  ],
  set_lr_scheduler: ['lr_scheduler_type', 'num_train_epochs', 'max_steps', 'warmup_steps'],
  set_dataloader: [
    'per_device_train_batch_size',
    'per_device_eval_batch_size',
    'dataloader_drop_last',
    'dataloader_num_workers',
    'dataloader_pin_memory',
    'dataloader_persistent_workers',
    'dataloader_prefetch_factor',
    'auto_find_batch_size',
    'ignore_data_skip',
    'data_seed',
  ],
};

/** The options that methods of what a call makes set: `args.set_evaluate(strategy="no")`. Their values are not read. */
export function setBySetters(made: Call, document: Document): readonly Entry[] {
  const setters = callsOf(document).filter(({ callee }) => SETTERS[callee] !== undefined);
  return setters.flatMap((setter) => {
    if (makerOf(setter, document) !== made) return [];
    const { span, calleeSpan: keySpan, callee } = setter;
    const value = { kind: 'opaque', span, text: callee, why: 'expression' } as const;
    return (SETTERS[callee] ?? []).map((key) => ({ key, keySpan, value, span }));
  });
}

/** What made the object whose method a call is: written before it, or the last that its variable was assigned. */
function makerOf(setter: Call, document: Document): Call | undefined {
  const { span, receiver } = setter;
  const name = receiver.replace(/(?<!\s)\s*\.\s*set_[\s\S]*$/, '');
  return callsOf(document).findLast(
    (call) =>
      /^[A-Z]/.test(call.callee) &&
      inOneFunction(call, setter) &&
      (call.span.start === span.start || (call.assignedTo === name && call.span.end <= span.start)),
  );
}
