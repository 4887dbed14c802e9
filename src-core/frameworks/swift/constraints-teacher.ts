import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, isSet, numberOf, removeOption, setOption } from '../constraint.ts';
import { exclusive, generates, hasTeacher, ofRlhf } from './facts.ts';

/** What `swift rlhf` asks of a teacher. */
export const teacherConstraints = lazy((): readonly Constraint[] => [
  ofRlhf('two-teachers', (i, type) => {
    const { options: o } = i;
    if (!generates(type, i) || !isSet(o, 'teacher_model') || !isSet(o, 'teacher_model_server'))
      return undefined;
    return exclusive('teacher_model', 'teacher_model_server');
  }),
  ofRlhf('teacher-liger', (i, type) => {
    if (type !== 'grpo' || !hasTeacher(i) || !isOn(i.options, 'use_liger_kernel')) return undefined;
    return exclusive(
      'use_liger_kernel',
      'teacher_model',
      say`GRPO with a teacher does not work with Liger kernels`,
    );
  }),
  ofRlhf('self-distillation-liger', (i, type) => {
    if (type !== 'gkd' || hasTeacher(i) || !isOn(i.options, 'use_liger_kernel')) return undefined;
    return {
      at: 'use_liger_kernel',
      message: say`GKD without a teacher distils from itself, which Liger kernels do not support`,
      fixes: [removeOption('use_liger_kernel')],
    };
  }),
  ofRlhf('gkd-topk-missing', ({ options: o }, type) => {
    if (type !== 'gkd' || !isSet(o, 'teacher_model_server') || isSet(o, 'gkd_logits_topk'))
      return undefined;
    return {
      at: 'teacher_model_server',
      message: say`a teacher server gives only its top logits: set gkd_logits_topk`,
      fixes: [setOption('gkd_logits_topk', 20)],
    };
  }),
  ofRlhf('gkd-topk-range', ({ options: o }, type) => {
    const top = isSet(o, 'gkd_logits_topk') ? numberOf(o, 'gkd_logits_topk') : undefined;
    if (type !== 'gkd' || top === undefined || top > 0) return undefined;
    return { at: 'gkd_logits_topk', message: say`gkd_logits_topk must be above 0, not ${top}` };
  }),
  ofRlhf('gkd-topk-liger', ({ options: o }, type) => {
    if (type !== 'gkd' || !isSet(o, 'gkd_logits_topk') || !isOn(o, 'use_liger_kernel'))
      return undefined;
    return exclusive(
      'gkd_logits_topk',
      'use_liger_kernel',
      say`gkd_logits_topk does not work with Liger kernels`,
    );
  }),
  ...['async_generate', 'seq_kd'].map((key) =>
    ofRlhf(`gkd-${key}`, ({ options: o }, type) => {
      if (type !== 'gkd' || !isOn(o, key)) return undefined;
      return {
        at: key,
        with: ['rlhf_type'],
        message: say`GKD does not support ${key}`,
        fixes: [removeOption(key)],
      };
    }),
  ),
]);
