import { isLayerClass, layerClasses } from '../../facts/layer-classes.ts';
import type { FixIntent } from '../../run/fix-intent.ts';
import type { Options } from '../../run/options.ts';
import { known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Entry, MapNode } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOff,
  isSet,
  type Violation,
} from '../constraint.ts';
import { asText, asTexts } from '../convert.ts';
import { sureModelType } from '../peft/facts.ts';
import { launchSetting, mappingOf } from './accelerate.ts';

const KEY = 'transformer_layer_cls_to_wrap';
const POLICY = 'TRANSFORMER_BASED_WRAP';

/** FSDP is told to wrap layers that are none of the model's. */
export const wrapConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'fsdp-wrap-class',
    cite: { label: 'accelerate src/accelerate/utils/dataclasses.py, set_auto_wrap_policy' },
    check(input) {
      const { options: o, draft } = input;
      const engine = draft['parallel.engine'] && known(draft['parallel.engine']);
      const world = draft['parallel.worldSize'] && known(draft['parallel.worldSize']);
      if ((engine !== 'fsdp' && engine !== 'fsdp2') || world === 1) return undefined;
      if (isSet(o, 'fsdp')) {
        const told = toldTrainer(input);
        return told && wrapViolation(told, input);
      }
      // Of blanks in its own settings accelerate's constraints speak.
      const told = toldAccelerate(input);
      return told && wrongLayer(told, input);
    },
  },
]);

/**
 * What is wrong with the classes at `told`. accelerate splits a text at its commas, blanks and all, and
 * stops at the first class that the model is not made of; names that are no decoder layer are not judged,
 * unless nothing but their case is wrong.
 */
export function wrapViolation(
  told: Sourced<string>,
  input: ConstraintInput,
): Violation | undefined {
  return wrongLayer(told, input) ?? wrongBlank(told, input);
}

function wrongLayer(told: Sourced<string>, input: ConstraintInput): Violation | undefined {
  const names = known(told)?.split(',') ?? [];
  const type = sureModelType(input);
  const layers = type === undefined ? undefined : layerClasses(type);
  if (layers === undefined || isRemote(input)) return undefined;
  const isLayer = (name: string) => isLayerClass(name) || layers.some((one) => sameBut(one, name));
  const name = names.find((one) => isLayer(one.trim()) && !layers.includes(one));
  if (name === undefined) return undefined;
  const right = layers.join(',');
  return {
    at: 'fsdp',
    place: told,
    message: say`FSDP finds no \`${name}\` in a ${type} model, whose layers are \`${right}\`, and stops with "Could not find the transformer layer class"`,
    fixes: setTo(right, told, input),
  };
}

/** Whether two names differ at most in case. */
function sameBut(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function wrongBlank(told: Sourced<string>, input: ConstraintInput): Violation | undefined {
  const wrong = blankName(known(told) ?? '');
  if (wrong === undefined) return undefined;
  const { message, right } = wrong;
  return { at: 'fsdp', place: told, message, fixes: setTo(right, told, input) };
}

/** A name with a blank, which no class has, whatever the model. */
export function blankName(
  text: string,
): { readonly message: Phrase; readonly right: string } | undefined {
  const names = text.split(',');
  const name = names.find((one) => /^\s*\w+\s*$/.test(one) && one !== one.trim());
  if (name === undefined) return undefined;
  return {
    message: say`accelerate splits this at its commas and keeps the blanks: FSDP finds no \`${name}\`, and stops with "Could not find the transformer layer class"`,
    right: names.map((one) => one.trim()).join(','),
  };
}

function setTo(
  right: string,
  { origin }: Sourced<string>,
  { recognized }: ConstraintInput,
): readonly FixIntent[] {
  if (origin.kind !== 'written') return [];
  return [
    {
      title: say`Set to \`${right}\``,
      // A config of accelerate's may serve runs of other models.
      safety: origin.file === recognized.grip.file ? 'safe' : 'suggestion',
      changes: [{ kind: 'value', at: origin, to: right }],
    },
  ];
}

/** A checkpoint with code of its own may be made of anything. */
function isRemote({ options, draft }: ConstraintInput): boolean {
  const record = draft.model && known(draft.model)?.record;
  return record?.basis === 'config' && !isOff(options, 'trust_remote_code');
}

function toldAccelerate({ recognized, context }: ConstraintInput): Sourced<string> | undefined {
  const said = (key: string) => launchSetting(recognized.launch, context, key, 'fsdp_config');
  const policy = said('fsdp_auto_wrap_policy');
  if (policy === undefined || known(policy)?.toUpperCase() !== POLICY) return undefined;
  return said(`fsdp_${KEY}`);
}

/** The trainer's own options, as transformers 4 and 5 both read them (training_args.py). */
function toldTrainer(input: ConstraintInput): Sourced<string> | undefined {
  const { options: o } = input;
  const fsdp = known(o.texts('fsdp'))?.join(' ').split(/\s+/);
  if (!fsdp?.includes('auto_wrap') || isSet(o, 'fsdp_min_num_params')) return undefined;
  if (isSet(o, `fsdp_${KEY}`)) return o.text(`fsdp_${KEY}`);
  const config = configOf(o, input);
  const said = (name: string) => config && entryOf(config.root, name);
  const policy = said('auto_wrap_policy');
  const entry = said(KEY);
  const size = said('min_num_params');
  if (config === undefined || entry === undefined || size !== undefined) return undefined;
  if (policy !== undefined && asText(policy.value) !== POLICY) return undefined;
  const { value } = entry;
  const texts = value.kind === 'list' ? asTexts(value) : asText(value);
  const text = typeof texts === 'string' || texts === UNKNOWN ? texts : texts.join(',');
  return written(text, config.file, entry);
}

/** `fsdp_config`: a mapping in place, or the JSON that it names. */
function configOf(
  o: Options,
  { recognized, context }: ConstraintInput,
): { readonly file: string; readonly root: MapNode } | undefined {
  const node = o.node('fsdp_config');
  const { file } = recognized.grip;
  if (node?.kind === 'map') {
    const own = recognized.sections.find(({ entries }) => entries.some((e) => e.value === node));
    return { file: own?.file ?? file, root: node };
  }
  const name = known(o.text('fsdp_config'));
  const found = name === undefined ? undefined : mappingOf(context.file(name, file));
  return found && { file: found.document.file.path, root: found.root };
}

/** The trainer takes `fsdp_` off the names. */
function entryOf(map: MapNode, name: string): Entry | undefined {
  return map.entries.findLast(({ key }) => key.replace(/^fsdp_/, '') === name);
}
