import { rules } from '../../../src-core/index.ts';
import type { Rule, RuleGroup } from '../../../src-core/rules/rule.ts';
import type { Style } from '../../report/style.ts';
import { padEnd } from '../../report/width.ts';
import type { Command } from '../command.ts';
import { EXIT, UsageError } from '../io.ts';
import { styleFor } from '../look.ts';

/** `tunelint rules`: every rule, by group. */
export const listRules: Command = {
  name: 'rules',
  operands: '',
  summary: 'List the rules',
  flags: [{ name: 'format', value: 'FORMAT', choices: ['pretty', 'json'], help: 'pretty, json' }],
  run(args, io) {
    const [name] = args.positionals;
    if (name !== undefined)
      throw new UsageError(
        `rules takes no name, it lists them all; did you mean "tunelint explain ${name}"?`,
      );
    if (args.text('format') === 'json') io.out(`${JSON.stringify(rules.map(plain), null, 2)}\n`);
    else io.out(`${pretty(styleFor(args, io)).join('\n')}\n`);
    return EXIT.clean;
  },
};

function plain({ id, group, severity, claim, fix, summary, cites }: Rule): object {
  return { id, group, severity, claim, fix, summary, cites };
}

function pretty(style: Style): readonly string[] {
  const groups = new Map<RuleGroup, Rule[]>();
  for (const rule of rules) groups.set(rule.group, [...(groups.get(rule.group) ?? []), rule]);
  const width = Math.max(...rules.map(({ id }) => id.length));
  return [...groups].flatMap(([group, members]) => [
    style.bold(group),
    ...members.map((rule) => {
      const severity = style[rule.severity](padEnd(rule.severity, 7));
      return `  ${padEnd(rule.id, width)}  ${severity}  ${rule.summary}`;
    }),
    '',
  ]);
}
