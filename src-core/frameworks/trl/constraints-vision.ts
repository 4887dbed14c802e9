import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isOn, setOption } from '../constraint.ts';
import { makersOf } from '../python/follow.ts';
import { argumentOf, givenTo } from '../python/given.ts';
import { inPython, rejects, SFT, standsAlone } from './facts.ts';

/** What supervised training refuses for a model that comes with a processor of images. */
export const visionConstraints = lazy((): readonly Constraint[] => [
  switched('packing', say`packing`),
  switched('padding_free', say`padding-free training`),
  switched('assistant_only_loss', say`loss on the assistant's turns alone`),
]);

function switched(key: string, what: Phrase): Constraint {
  return rejects(
    `vision-${key}`,
    { by: SFT, where: 'trainer/sft_trainer.py', since: '0.22' },
    (input) => {
      if (!isOn(input.options, key) || !seesImages(input)) return undefined;
      return {
        at: key,
        message: say`the model sees images, and TRL has no ${what} for such models: the trainer stops`,
        fixes: [setOption(key, false)],
      };
    },
  );
}

/**
 * Whether the trainer works with a processor of images: what AutoProcessor gives for a model with a vision tower,
 * unless a program hands over a tokenizer.
 */
function seesImages(input: ConstraintInput): boolean {
  const model = input.draft.model && known(input.draft.model);
  if (model?.record?.arch?.vision === undefined) return false;
  if (!inPython(input)) return !standsAlone(input);
  const given = givenTo(input.recognized);
  if (given === undefined || given.trainer.positional.length > 5) return false;
  const processor = argumentOf(given.trainer, 'processing_class');
  if (processor === undefined)
    return !given.trainer.entries.some(({ key }) => /^(?:processing_class|tokenizer)$/.test(key));
  const makers = makersOf(processor.value, given.trainer, given.document, () => true);
  return makers.length > 0 && makers.every(({ receiver }) => receiver === 'AutoProcessor');
}
