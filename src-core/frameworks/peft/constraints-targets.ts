import { targetsPicked } from '../../facts/module-names.ts';
import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { list } from '../check-keys.ts';
import { isSet } from '../constraint.ts';
import { isJoined, unmatchedChecks } from './constraints-unmatched.ts';
import { type PeftCheck, set, sureLayers, sureModelType, sureModules } from './facts.ts';
import {
  allLinear,
  endsOf,
  hasEnd,
  INNER,
  LAYERED,
  leaf,
  NAMED,
  namedModules,
  TOP,
  targetsOf,
  unset,
} from './targets.ts';

const EMBEDDINGS = /^(?:embed_tokens|embed_in|wte|wpe|word_embeddings|shared|embed_positions)$/;
const TUNER = 'tuners/tuners_utils.py';

/** The checks of the names themselves. */
const nameChecks = lazy((): readonly PeftCheck[] => [
  {
    id: 'pattern-targets',
    where: TUNER,
    of: NAMED,
    check(peft) {
      const targets = targetsOf(peft);
      if (targets?.kind !== 'pattern' || /^all-linear$/i.test(targets.text)) return undefined;
      const { text } = targets;
      if (!/^\w+$/.test(text) || TOP.test(text)) return undefined;
      // TRL's command adapts language models; a program may have a model of any shape.
      const modules = sureModules(peft.input);
      if (modules === undefined && !peft.config.unwraps && !INNER.test(text)) return undefined;
      if (modules !== undefined && !hasEnd(modules, text)) return undefined;
      const key = peft.config.key('target_modules');
      const why = peft.config.unwraps
        ? say`a single module becomes a pattern over whole paths`
        : say`one text is a pattern over whole paths`;
      return {
        at: key,
        message: say`${why}, and \`${text}\` matches none: the modules end with it, as in \`.*\\.${text}\``,
        fixes: [
          peft.config.unwraps
            ? set(key, `.*\\.${text}`)
            : {
                title: say`List it: \`['${text}']\``,
                safety: 'suggestion',
                changes: [{ kind: 'option', key: key.replace(/^.*\./, ''), to: [text] }],
              },
        ],
      };
    },
  },
  {
    id: 'absent-pattern',
    where: TUNER,
    of: NAMED,
    check(peft) {
      const targets = targetsOf(peft);
      const modules = sureModules(peft.input);
      const ends = targets?.kind === 'pattern' ? endsOf(targets.text) : undefined;
      if (ends === undefined || modules === undefined) return undefined;
      if (ends.some((end) => hasEnd(modules, end) || TOP.test(end))) return undefined;
      return {
        at: peft.config.key('target_modules'),
        message: say`no module of ${sureModelType(peft.input)} models ends with ${list(ends)}: there is nothing to adapt`,
        fixes: allLinear(peft),
      };
    },
  },
  {
    id: 'listed-all-linear',
    where: TUNER,
    of: NAMED,
    check(peft) {
      const targets = targetsOf(peft);
      if (targets?.kind !== 'names' || targets.names.length !== 1) return undefined;
      if (targets.names[0] !== 'all-linear') return undefined;
      const key = peft.config.key('target_modules');
      return {
        at: key,
        message: say`\`all-linear\` is a word of its own: in a list it names a module, which no model has`,
        fixes: allLinear(peft),
      };
    },
  },
  {
    id: 'absent-targets',
    where: TUNER,
    of: NAMED,
    check(peft) {
      const targets = targetsOf(peft);
      const modules = sureModules(peft.input);
      if (targets?.kind !== 'names' || modules === undefined) return undefined;
      const { names } = targets;
      if (names.length === 0 || names.includes('all-linear') || isJoined(names[0]))
        return undefined;
      if (names.some((name) => modules.all.has(leaf(name)) || leaf(name) === '')) return undefined;
      if (!unset(peft.options, peft.config.key('target_parameters'))) return undefined;
      const key = peft.config.key('target_modules');
      const type = sureModelType(peft.input);
      return {
        at: key,
        message: say`no module of ${type} models ends with ${list(names)}: there is nothing to adapt`,
        fixes: allLinear(peft),
      };
    },
  },
  {
    id: 'bare-targets',
    where: TUNER,
    of: LAYERED,
    check(peft) {
      const targets = targetsOf(peft);
      const modules = sureModules(peft.input);
      if (targets?.kind !== 'names' || modules === undefined) return undefined;
      const plain = peft.config.kind !== 'LoraConfig';
      const bare = targets.names.find(
        (name) => modules.bare.has(name) || (plain && EMBEDDINGS.test(name)),
      );
      if (bare === undefined) return undefined;
      return {
        at: peft.config.key('target_modules'),
        message: say`\`${bare}\` is no linear layer: ${peft.config.kind.replace(/Config$/, '')} refuses it`,
        fixes: allLinear(peft),
      };
    },
  },
]);

/** The checks of the names, wherever a run lists modules to adapt. */
export const targetChecks = lazy((): readonly PeftCheck[] => [
  ...nameChecks(),
  ...unmatchedChecks(),
]);

/** The checks of what goes with the names in a config of PEFT. */
export const selectionChecks = lazy((): readonly PeftCheck[] => [
  {
    id: 'layers-beyond',
    where: TUNER,
    of: NAMED,
    check(peft) {
      const { options: o, config } = peft;
      const key = config.key('layers_to_transform');
      const node = o.node(key);
      const layers = sureLayers(peft.input);
      if (node === undefined || layers === undefined || !isSet(o, key)) return undefined;
      if (isSet(o, config.key('target_parameters'))) return undefined;
      const items = node.kind === 'list' ? node.items : [node];
      const numbers = items.map((item) => (item.kind === 'scalar' ? item.value : undefined));
      const beyond = numbers.every((one) => typeof one === 'number' && (one >= layers || one < 0));
      if (numbers.length === 0 || !beyond) return undefined;
      return {
        at: key,
        with: [config.key('target_modules')],
        message: say`the model has layers 0 to ${layers - 1}: none of these is there, and nothing is left to adapt`,
      };
    },
  },
  {
    id: 'no-targets',
    where: TUNER,
    of: NAMED,
    since: '0.17',
    check(peft) {
      const { options: o, config } = peft;
      const key = config.key('target_modules');
      const node = o.node(key);
      if (node?.kind !== 'list' || node.items.length > 0) return undefined;
      if (isSet(o, config.key('target_parameters'))) return undefined;
      return {
        at: key,
        message: say`an empty list targets nothing: there is nothing to adapt`,
        fixes: allLinear(peft),
      };
    },
  },
  {
    id: 'all-excluded',
    where: TUNER,
    of: NAMED,
    since: '0.14',
    check(peft) {
      const { options: o, config } = peft;
      const targets = targetsOf(peft);
      if (targets?.kind !== 'names' || targets.names.length === 0) return undefined;
      for (const name of ['modules_to_save', 'exclude_modules']) {
        const key = config.key(name);
        const out = o.has(key) ? known(o.texts(key)) : undefined;
        const [text = ''] = out ?? [];
        const pattern = o.node(key)?.kind === 'scalar' ? (endsOf(text) ?? []) : undefined;
        const isOut = (one: string): boolean =>
          pattern === undefined
            ? out?.includes(one) === true
            : pattern.some((end) => one.endsWith(end));
        if (!targets.names.every(isOut)) continue;
        return {
          at: key,
          with: [config.key('target_modules')],
          message: say`every target is in ${name} as well: nothing is left to adapt`,
        };
      }
      return undefined;
    },
  },
  {
    id: 'parameter-of-linear',
    where: 'tuners/lora/layer.py',
    of: ['LoraConfig'],
    since: '0.17',
    check(peft) {
      const key = peft.config.key('target_parameters');
      const modules = sureModules(peft.input);
      const names = peft.options.has(key) ? known(peft.options.texts(key)) : undefined;
      const targets = namedModules(peft);
      const plain = names?.find((name) => {
        const module = /(?:^|\.)(\w+)\.weight$/.exec(name)?.[1];
        return module !== undefined && targets?.includes(module) && modules?.all.has(module);
      });
      const some = isSet(peft.options, peft.config.key('layers_to_transform'));
      if (plain === undefined || some) return undefined;
      return {
        at: key,
        with: [peft.config.key('target_modules')],
        message: say`\`${plain}\` is the weight of a layer that target_modules adapts already`,
      };
    },
  },
  {
    id: 'targets-needed',
    where: 'utils/constants.py',
    of: ['LoraConfig'],
    rule: 'missing-key',
    check(peft) {
      const { options: o, config, input } = peft;
      const keys = ['target_modules', 'target_parameters'].map(config.key);
      const type = sureModelType(input);
      if (type === undefined || sureModules(input) === undefined || targetsPicked(type))
        return undefined;
      if (!keys.every((key) => unset(o, key))) return undefined;
      const key = config.key('target_modules');
      return {
        at: key,
        message: say`PEFT picks no modules for ${type} models by itself: ${key.replace(/^.*\./, '')} is needed`,
        fixes: allLinear(peft),
      };
    },
  },
]);
