import { known } from '../../run/sourced.ts';
import { type Phrase, say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  removeOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import { madeSince, olderThan } from '../since.ts';
import { firstRelease } from './releases.ts';

/** A check of ms-swift, for releases that make it; `where` is the file below swift/. */
export function rejects(
  id: string,
  where: string,
  check: (input: ConstraintInput) => Violation | undefined,
): Constraint {
  return {
    id,
    cite: { label: `ms-swift swift/${where}` },
    check: madeSince('swift', firstRelease(id), check),
  };
}

/** Two options that exclude each other; either can go. */
export function exclusive(
  a: string,
  b: string,
  message: Phrase = say`\`${a}\` and \`${b}\` exclude each other`,
): Violation {
  return { at: a, with: [b], message, fixes: [removeOption(a), removeOption(b)] };
}

/** An option that a value of another excludes. */
export function excludes(key: string, other: string, value: string): Violation {
  return exclusive(key, other, say`\`${key}\` and \`${`${other} ${value}`}\` exclude each other`);
}

/** An option that needs another; `as` says what asks, where it is not the option alone. */
export function needs(key: string, what: string, as = key): Violation {
  return { at: key, with: [what], message: say`\`${as}\` needs \`${what}\`` };
}

/** `dpo`, `grpo`, ...; `undefined` outside `swift rlhf` and where it is not known. */
export function rlhfType({ options, recognized }: ConstraintInput): string | undefined {
  return scopeOf(recognized) === 'rlhf' ? textOf(options, 'rlhf_type') : undefined;
}

/** A check of `swift rlhf`, which is told the type. */
export function ofRlhf(
  id: string,
  test: (input: ConstraintInput, type: string) => Violation | undefined,
): Constraint {
  return rejects(id, 'arguments/rlhf_args.py', (input) => {
    const type = rlhfType(input);
    return type === undefined ? undefined : test(input, type);
  });
}

/** The subcommands that train. */
export const TRAINING = ['sft', 'pt', 'rlhf'];

/** The subcommand. */
export function scopeOf(recognized: ConstraintInput['recognized']): string {
  return recognized.sections.at(-1)?.scope.id ?? '';
}

/** Whether one process spreads the model over several visible GPUs (device_map). */
export function usesDeviceMap({ draft }: ConstraintInput): boolean {
  const layers = draft['parallel.pipelineParallel'];
  return layers !== undefined && (known(layers) ?? 1) > 1;
}

/** Whether samples of several sequences share a row without padding. */
export function paddingFree({ options }: ConstraintInput): 'packing' | 'padding_free' | undefined {
  if (isOn(options, 'packing')) return 'packing';
  return isOn(options, 'padding_free') ? 'padding_free' : undefined;
}

/** Whether a teacher model or server is given. */
export function hasTeacher({ options }: ConstraintInput): boolean {
  return isSet(options, 'teacher_model') || isSet(options, 'teacher_model_server');
}

/** Whether a run generates answers, with vLLM if asked: GKD does so since 3.10 (arguments/rlhf_args.py). */
export function generates(type: string | undefined, { context }: ConstraintInput): boolean {
  return type === 'grpo' || (type === 'gkd' && !olderThan(context, 'swift', '3.10'));
}
