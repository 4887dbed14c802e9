import type { ModelRecord } from '../../facts/model.ts';
import { type ModuleNames, moduleNames } from '../../facts/module-names.ts';
import type { FixIntent } from '../../run/fix-intent.ts';
import type { Options } from '../../run/options.ts';
import { known, UNKNOWN } from '../../run/sourced.ts';
import type { Document } from '../../syntax/document.ts';
import type { Phrase } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  removeOption,
  setOption,
  type Violation,
} from '../constraint.ts';
import { asText } from '../convert.ts';
import { loadsModel, modelEntry } from '../python/calls.ts';
import { callsOf } from '../python/follow.ts';
import { olderThan } from '../since.ts';
import { isPeftConfig } from '../transformers/scopes.ts';

/** A PEFT config as a run writes it: its class, and how its arguments are spelled there. */
export interface PeftConfig {
  /** The class: `LoraConfig`, `PromptTuningConfig`, ... */
  readonly kind: string;
  /** The option for an argument of the class; an argument that cannot be set here has a name that no option has. */
  key(argument: string): string;
  /** Whether a list of one module becomes a plain text, as in TRL's command. */
  readonly unwraps: boolean;
  /** The modules to adapt, where the run does not write them as PEFT reads them. */
  targets?(input: ConstraintInput): Targets | undefined;
  /** Names as the option holds them, where it takes no list. */
  listed?(names: readonly string[]): string;
  /** What asks for every linear layer, where it is not PEFT's word `all-linear`. */
  readonly allLinear?: FixIntent;
}

/** The modules as the config means them: one text is a pattern, a list holds ends of paths. */
export type Targets =
  | { readonly kind: 'pattern'; readonly text: string }
  | { readonly kind: 'names'; readonly names: readonly string[] };

/** Finds the PEFT config of a run; `undefined` when the run has none that can be judged. */
export type FindPeft = (input: ConstraintInput) => PeftConfig | undefined;

/** The call of a PEFT config among the sections of a run in Python. */
export function peftCall({ recognized }: ConstraintInput): PeftConfig | undefined {
  const section = recognized.sections.find(
    ({ unit, scope }) => unit.kind === 'call' && isPeftConfig(scope.id),
  );
  const opaque = section?.unit.kind === 'call' && section.unit.positional.length > 0;
  if (section === undefined || opaque || section.scope.unknown === 'open') return undefined;
  const kind = section.scope.id;
  return { kind, key: (argument) => `${kind}.${argument}`, unwraps: false };
}

/** The LoRA that a framework's own options make, by their names for the arguments of PEFT. */
export function loraOptions(
  names: { readonly [argument: string]: string },
  own: Pick<PeftConfig, 'targets' | 'listed' | 'allLinear'>,
): FindPeft {
  const config: PeftConfig = {
    kind: 'LoraConfig',
    key: (argument) => names[argument] ?? `no ${argument}`,
    unwraps: false,
    ...own,
  };
  return ({ draft }) => {
    const method = draft.method === undefined ? undefined : known(draft.method);
    return method === 'lora' || method === 'dora' ? config : undefined;
  };
}

/** What a check of PEFT looks at. */
export interface PeftInput {
  readonly input: ConstraintInput;
  readonly options: Options;
  readonly config: PeftConfig;
}

/** A check of PEFT, made wherever a config is written. */
export interface PeftCheck {
  readonly id: string;
  /** File below src/peft. */
  readonly where: string;
  /** Classes that make it; absent: every one that has the arguments. */
  readonly of?: readonly string[];
  /** First release that makes the check. */
  readonly since?: string;
  readonly rule?: Constraint['rule'];
  readonly severity?: Constraint['severity'];
  check(input: PeftInput): Violation | undefined;
}

/** A check as a constraint on the configs that `find` finds. */
export function toConstraint(check: PeftCheck, find: FindPeft): Constraint {
  return {
    id: `peft-${check.id}`,
    ...(check.rule === undefined ? {} : { rule: check.rule }),
    ...(check.severity === undefined ? {} : { severity: check.severity }),
    cite: { label: `PEFT src/peft/${check.where}` },
    check(input) {
      const config = find(input);
      if (config === undefined || olderThan(input.context, 'peft', check.since)) return undefined;
      if (check.of !== undefined && !check.of.includes(config.kind)) return undefined;
      return check.check({ input, options: input.options, config });
    },
  };
}

/** The adapted model, when there is no doubt which of a program's models it is. */
function sureModels({ recognized, draft, context }: ConstraintInput): readonly ModelRecord[] {
  const document = recognized.sections[0]?.document;
  const own = draft.model === undefined ? undefined : known(draft.model)?.record;
  const names = document?.file.language === 'python' ? loadedNames(document) : [];
  if (names.length === 0) return own === undefined ? [] : [own];
  const records = names.map((name) => (name === UNKNOWN ? undefined : context.model(name).record));
  return records.every((record) => record !== undefined) ? records : [];
}

const loaded = new WeakMap<Document, readonly (string | typeof UNKNOWN)[]>();

/** The models that a program loads, each once. */
function loadedNames(document: Document): readonly (string | typeof UNKNOWN)[] {
  const entries = () => callsOf(document).filter(loadsModel).map(modelEntry);
  const names = loaded.get(document) ?? [
    ...new Set(entries().map((entry) => (entry === undefined ? UNKNOWN : asText(entry.value)))),
  ];
  loaded.set(document, names);
  return names;
}

/** The one answer that all models give. */
function shared<T>(input: ConstraintInput, ask: (model: ModelRecord) => T): T | undefined {
  const [first, ...others] = sureModels(input).map(ask);
  return others.every((other) => other === first) ? first : undefined;
}

/** The `model_type` of the adapted model, when there is no doubt about it. */
export function sureModelType(input: ConstraintInput): string | undefined {
  return shared(input, (model) => model.arch?.modelType);
}

/** How many layers the longest stack of the adapted model has, when there is no doubt about it. */
export function sureLayers(input: ConstraintInput): number | undefined {
  if (sureModules(input) === undefined) return undefined;
  return shared(input, ({ arch }) => arch && Math.max(arch.layers, arch.encoderLayers ?? 0));
}

/** The modules of the adapted model, when they are known for sure. */
export function sureModules(input: ConstraintInput): ModuleNames | undefined {
  const type = sureModelType(input);
  return type === undefined ? undefined : moduleNames(type);
}

/** The argument's own name, as a call writes it. */
function plain(key: string): string {
  return key.replace(/^.*\./, '');
}

/** A fix that sets an argument. */
export function set(key: string, to: string | number | boolean): FixIntent {
  return setOption(plain(key), to);
}

/** Two arguments that exclude each other; either can go. */
export function exclusive(a: string, b: string, message: Phrase): Violation {
  return { at: a, with: [b], message, fixes: [removeOption(plain(a)), removeOption(plain(b))] };
}
