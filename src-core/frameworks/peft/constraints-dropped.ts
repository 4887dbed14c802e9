import { known } from '../../run/sourced.ts';
import type { MapNode } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { numberOf, removeOption, textOf } from '../constraint.ts';
import { type PeftCheck, sureModelType, sureModules } from './facts.ts';
import { namedModules } from './targets.ts';

/** An argument that counts for one way to initialise alone: argument, the initialisation. */
const OF_INIT = [
  ['loftq_config', 'loftq', '0.7'],
  ['eva_config', 'eva', '0.14'],
  ['corda_config', 'corda', '0.15'],
] as const;

/** What PEFT takes and does not use: it says so in a warning, or not at all. */
export const droppedChecks = lazy((): readonly PeftCheck[] => [
  ...OF_INIT.map(
    ([argument, init, since]): PeftCheck => ({
      id: `unused-${argument}`,
      where: 'tuners/lora/config.py',
      of: ['LoraConfig'],
      since,
      rule: 'ignored-key',
      severity: 'warning',
      check({ options: o, config }) {
        const [key, how] = [config.key(argument), config.key('init_lora_weights')];
        const node = o.node(key);
        const given =
          node?.kind === 'map' && (node.callee !== undefined || node.entries.length > 0);
        const written = o.node(how);
        if (!given || (written !== undefined && written.kind !== 'scalar')) return undefined;
        if (o.has(how) && textOf(o, how) === init) return undefined;
        return {
          at: key,
          onKey: true,
          with: [how],
          message: say`${argument} is dropped: only init_lora_weights="${init}" uses it`,
          fixes: [removeOption(argument)],
        };
      },
    }),
  ),
  {
    id: 'adalora-rank',
    where: 'tuners/adalora/config.py',
    of: ['AdaLoraConfig'],
    since: '0.14',
    rule: 'ignored-key',
    severity: 'warning',
    check({ options: o, config }) {
      const key = config.key('r');
      const rank = o.has(key) ? numberOf(o, key) : undefined;
      if (rank === undefined || rank === 8) return undefined;
      return {
        at: key,
        onKey: true,
        message: say`AdaLoRA does not use r: it starts at init_r and ends at target_r`,
        fixes: [removeOption('r')],
      };
    },
  },
  {
    id: 'saved-modules',
    where: 'utils/other.py',
    of: ['LoraConfig', 'AdaLoraConfig', 'IA3Config', 'LoHaConfig', 'LoKrConfig', 'OFTConfig'],
    rule: 'ignored-key',
    severity: 'warning',
    check(peft) {
      const { options: o, config } = peft;
      const key = config.key('modules_to_save');
      const modules = sureModules(peft.input);
      const names = o.has(key) ? known(o.texts(key)) : undefined;
      const lost = names?.find((name) => /^\w+$/.test(name) && modules?.all.has(name) === false);
      if (lost === undefined) return undefined;
      return {
        at: key,
        message: say`no module of ${sureModelType(peft.input)} models ends with \`${lost}\`: it is neither trained nor saved, and nothing says so`,
      };
    },
  },
  ...['rank_pattern', 'alpha_pattern'].map(
    (argument): PeftCheck => ({
      id: `unmatched-${argument}`,
      where: 'tuners/tuners_utils.py',
      of: ['LoraConfig'],
      rule: 'ignored-key',
      severity: 'warning',
      check(peft) {
        const key = peft.config.key(argument);
        const node = peft.options.node(key);
        const lost = node?.kind === 'map' ? unmatched(node, peft) : undefined;
        if (lost === undefined) return undefined;
        return {
          at: key,
          message: say`\`${lost}\` in ${argument} matches no adapted module: PEFT drops it`,
        };
      },
    }),
  ),
]);

/** A plain name in a pattern that is none of the targets, nor a module of the model. */
function unmatched(node: MapNode, peft: Parameters<PeftCheck['check']>[0]): string | undefined {
  const modules = sureModules(peft.input);
  const targets = namedModules(peft);
  return node.entries
    .map((entry) => entry.key)
    .find((name) => {
      if (!/^\w+$/.test(name)) return false;
      if (modules !== undefined && !modules.all.has(name)) return true;
      return targets !== undefined && !targets.some((target) => endsWith(target, name));
    });
}

function endsWith(path: string, name: string): boolean {
  return path === name || path.endsWith(`.${name}`);
}
