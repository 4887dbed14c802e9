import type { FixIntent } from '../run/fix-intent.ts';
import type { KeyProblem } from '../run/problem.ts';
import type { ListNode, Node, Scalar, ScalarNode } from '../syntax/document.ts';
import { closest } from '../text/distance.ts';
import { joined, type Message, type Phrase, say } from '../text/message.ts';
import { boolOfText, numberOfText } from './convert.ts';
import { doubtOf } from './doubt.ts';
import { isDots } from './elided.ts';
import { fitsPydantic } from './fits-pydantic.ts';
import type { WrittenOption } from './options.ts';
import { originOf, pointAt } from './point-at.ts';
import { type Releases, stillHas } from './releases.ts';
import type { GoneValue, KeyKind, KeySpec } from './schema.ts';

/** What is wrong with a written value by its key's type and choices; `undefined` when nothing is. */
export function checkValue(
  option: WrittenOption,
  spec: KeySpec,
  negated: boolean,
  releases: Releases,
): KeyProblem | undefined {
  const { value } = option.entry;
  const argv = option.section.unit.kind === 'command';
  const { scope } = option.section;
  if (value.kind === 'scalar' && value.text === scope.placeholder) return undefined;
  if (scope.values === 'pydantic' && !argv && !fitsPydantic(value, spec))
    return unquotedWord(option, spec, value) ?? typeProblem(option, spec, value);
  if (value.kind === 'absent') return argv ? missingValue(option, spec) : undefined;
  if (value.kind === 'list' && argv) return leftOver(option, spec, value);
  if (negated || value.kind !== 'scalar') return undefined;
  if (value.value === null) return undefined;
  const swallowed = unquotedWord(option, spec, value);
  if (swallowed !== undefined) return swallowed;
  if (scope.values === 'pydantic' && !argv) return choiceProblem(option, spec, value, releases);
  const unconverted = textOfPython(option, spec, value);
  if (unconverted !== undefined) return unconverted;
  if (!fits(value, spec, argv))
    return { ...typeProblem(option, spec, value), fixes: withoutComma(option, spec, value) };
  return choiceProblem(option, spec, value, releases);
}

/** `save_strategy: no`: YAML 1.1 reads the bare word as false, which is no strategy. */
function unquotedWord(option: WrittenOption, spec: KeySpec, node: Node): KeyProblem | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'boolean' || node.quoted) return undefined;
  if (option.section.document.file.language !== 'yaml' || !spec.name.endsWith('_strategy'))
    return undefined;
  const word = option.section.scope.values === 'pydantic' && /^no$/i.test(node.text);
  if (!word && !spec.choices?.includes(node.text)) return undefined;
  return {
    rule: 'bad-choice',
    at: pointAt(option),
    severity: 'error',
    message: say`YAML reads a bare \`${node.text}\` as ${node.value}, which is no \`${spec.name}\`: quote it`,
    fixes: [
      { ...replacement(option, node.text), title: say`Quote \`${node.text}\``, safety: 'safe' },
    ],
  };
}

/** Words behind an option that takes one: a parser that refuses what it does not know stops at the second. */
function leftOver(
  option: WrittenOption,
  spec: KeySpec,
  { items: [first, second] }: ListNode,
): KeyProblem | undefined {
  if (spec.kinds.includes('list') || spec.kinds.includes('any')) return undefined;
  if (option.section.scope.unknown !== 'raise') return undefined;
  if (first?.kind !== 'scalar' || second?.kind !== 'scalar' || isDots(second.text))
    return undefined;
  // A `\` with a blank behind it: `syntax/shell/cut.ts` says what that costs.
  if (second.text.trim() === '') return undefined;
  return {
    rule: 'wrong-type',
    at: pointAt({ ...option, entry: { ...option.entry, value: second } }),
    severity: 'error',
    message: say`\`${spec.name}\` takes one value; the command stops at a second, \`${second.text}\``,
  };
}

function missingValue(option: WrittenOption, spec: KeySpec): KeyProblem | undefined {
  if (spec.kinds.includes('bool') || spec.kinds.includes('any') || spec.kinds.includes('list'))
    return undefined;
  return {
    rule: 'wrong-type',
    at: pointAt(option),
    onKey: true,
    severity: 'error',
    message: say`\`--${option.entry.key}\` needs a value: ${expected(spec)}`,
  };
}

/** Whether a scalar can be read as one of the key's kinds. */
function fits(node: ScalarNode, spec: KeySpec, argv: boolean): boolean {
  return spec.kinds.some((kind) => fitsKind(node, kind, argv));
}

function fitsKind(node: ScalarNode, kind: KeyKind, argv: boolean): boolean {
  switch (kind) {
    case 'bool':
      return typeof node.value === 'boolean' || boolOfText(node.text) !== undefined;
    case 'int': {
      const number = numberOfScalar(node);
      return (
        number !== undefined &&
        Number.isInteger(number) &&
        (!argv || /^[+-]?\d+(?:_\d+)*$/.test(node.text.trim()))
      );
    }
    case 'float':
      return numberOfScalar(node) !== undefined;
    case 'string':
    case 'any':
    case 'list':
    case 'dict':
      return true;
  }
}

function numberOfScalar(node: ScalarNode): number | undefined {
  if (typeof node.value === 'boolean') return undefined;
  return typeof node.value === 'number' ? node.value : numberOfText(node.text);
}

/**
 * `learning_rate="2e-4"` in a call: a class of options takes it as it is, and what computes with it stops; any text is
 * true (`__post_init__` and `_validate_args` of transformers src/transformers/training_args.py convert neither). What
 * argparse hands on it has converted.
 */
function textOfPython(
  option: WrittenOption,
  spec: KeySpec,
  value: ScalarNode,
): KeyProblem | undefined {
  const { unit, document } = option.section;
  const isText = value.quoted && typeof value.value === 'string' && value.argument === undefined;
  if (unit.kind !== 'call' || document.file.language !== 'python' || !isText) return undefined;
  if (!spec.kinds.every((kind) => kind === 'int' || kind === 'float' || kind === 'bool'))
    return undefined;
  const text = `"${value.text}"`;
  if (spec.kinds.includes('bool')) {
    if (boolOfText(value.text) !== false) return undefined;
    return {
      rule: 'wrong-type',
      at: pointAt(option),
      severity: 'warning',
      message: say`\`${spec.name}\` takes true or false: to Python the text \`${text}\` is true`,
    };
  }
  const number = numberOfText(value.text);
  if (number === undefined || !fits(value, spec, false)) return undefined;
  return {
    rule: 'wrong-type',
    at: pointAt(option),
    severity: 'error',
    message: say`\`${spec.name}\` takes ${expected(spec)}: it stays the text \`${text}\`, and what computes with it stops`,
    fixes: [
      {
        title: say`Change to \`${number}\``,
        safety: 'unsafe',
        changes: [{ kind: 'value', at: originOf(option), to: number }],
      },
    ],
  };
}

function typeProblem(option: WrittenOption, spec: KeySpec, node: Node): KeyProblem {
  const { unknown, values } = option.section.scope;
  const counts = option.section.unit.kind === 'call' && isCount(node, spec);
  const taken = counts || values === 'unchecked' || (unknown === 'drop' && values === undefined);
  const said = say`\`${spec.name}\` takes ${expected(spec)}, not ${describe(node)}`;
  return {
    rule: 'wrong-type',
    at: pointAt(option),
    severity: taken ? 'warning' : 'error',
    message: counts ? say`${said}, which counts as true` : said,
  };
}

/** A number for true or false: in a call nobody looks at its type (the dataclasses of transformers, TRL and PEFT). */
function isCount(node: Node, { kinds }: KeySpec): boolean {
  return kinds[0] === 'bool' && node.kind === 'scalar' && typeof node.value === 'number';
}

/** `3e-4,`: what was copied from a call keeps its comma. */
function withoutComma(
  option: WrittenOption,
  spec: KeySpec,
  node: ScalarNode,
): readonly FixIntent[] {
  const text = node.text.replace(/,$/, '');
  const bare = { ...node, text, value: text };
  if (text === node.text || !fits(bare, spec, true)) return [];
  return [replacement(option, text)];
}

function describe(node: Node): Message {
  if (node.kind === 'scalar' && node.value !== null) return `\`${node.text}\``;
  if (node.kind === 'list') return say`a list`;
  return node.kind === 'map' ? say`a mapping` : say`nothing`;
}

function choiceProblem(
  option: WrittenOption,
  spec: KeySpec,
  node: ScalarNode,
  releases: Releases,
): KeyProblem | undefined {
  const { choices } = spec;
  const gone = goneValue(spec, node);
  if (gone !== undefined) {
    const from = { until: gone.until, package: gone.package ?? spec.package };
    return stillHas(from, option.section.scope, releases)
      ? undefined
      : goneValueProblem(option, spec, node, gone, doubtOf(from, option.section.scope, releases));
  }
  if (choices === undefined || spec.choicesOpen) return undefined;
  const plain = enumText(node, choices);
  if (choices.some((choice) => String(choice) === plain)) return undefined;
  if (spec.kinds.includes('bool') && boolOfText(plain) !== undefined) return undefined;
  const near = closest(plain, choices.map(String), 2);
  return {
    rule: 'bad-choice',
    at: pointAt(option),
    severity: 'error',
    message: say`\`${spec.name}\` cannot be \`${plain}\`: ${choiceList(choices)}`,
    fixes: near.map((name) => replacement(option, name)),
  };
}

/** A value that was legal in an older release. */
function goneValue(spec: KeySpec, node: ScalarNode): GoneValue | undefined {
  const text = enumText(node, spec.choices);
  if (spec.choices?.some((choice) => String(choice) === text)) return undefined;
  return spec.goneValues?.find((one) => String(one.value) === text);
}

function goneValueProblem(
  option: WrittenOption,
  spec: KeySpec,
  node: ScalarNode,
  gone: GoneValue,
  doubt: Phrase | '',
): KeyProblem {
  const text = enumText(node, spec.choices);
  const where = gone.package === undefined ? '' : say` of ${gone.package}`;
  const now = gone.now === undefined ? '' : say`; it is \`${gone.now}\` now`;
  return {
    rule: 'bad-choice',
    at: pointAt(option),
    severity: doubt === '' ? 'error' : 'warning',
    message: say`\`${text}\` is gone from \`${spec.name}\` after ${gone.until}${where}${now}${doubt}`,
    fixes: gone.now === undefined ? [] : [replacement(option, String(gone.now))],
  };
}

/** `IntervalStrategy.STEPS`, `peft.TaskType.CAUSAL_LM` name the member, `torch.float16` a dtype: their value is compared. */
function enumText(node: ScalarNode, choices: readonly Scalar[] | undefined): string {
  const member = /(?:^|\.)[A-Z]\w*\.([A-Z_0-9]+)$/.exec(node.text)?.[1];
  if (member === undefined) return node.quoted ? node.text : node.text.replace(/^torch\./, '');
  return choices?.includes(member) ? member : member.toLowerCase();
}

function replacement(option: WrittenOption, to: string): FixIntent {
  return {
    title: say`Change to \`${to}\``,
    safety: 'unsafe',
    changes: [{ kind: 'value', at: originOf(option), to }],
  };
}

function choiceList(choices: readonly Scalar[]): Message {
  const shown = choices.slice(0, 8).map((choice) => `\`${choice}\``);
  const more = choices.length - shown.length;
  return say`one of ${shown.join(', ')}${more > 0 ? say` and ${more} more` : ''}`;
}

const KIND_NAMES: Readonly<Record<KeyKind, Phrase>> = {
  bool: say`true or false`,
  int: say`a whole number`,
  float: say`a number`,
  string: say`a text`,
  list: say`a list`,
  dict: say`a mapping`,
  any: say`a value`,
};

/** What a key takes, in words. */
export function expected(spec: KeySpec): Message {
  if (spec.choices !== undefined && !spec.choicesOpen) return choiceList(spec.choices);
  return joined([...new Set(spec.kinds.map((kind) => KIND_NAMES[kind]))], ' or ');
}

/** Whether a node is worth checking at all. */
export function isKnown(node: Node): boolean {
  return node.kind !== 'opaque';
}
