import { cite } from '../../facts/citations.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** ms-swift quantises on load only when quant_method is given; unsloth, and a quantised checkpoint, need none. */
export const quantBitsWithoutMethod = defineRule({
  id: 'quant-bits-without-method',
  group: 'adapters',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'sets quant_bits without quant_method, so nothing is quantised',
  cites: [cite.swiftQuantMethod],
  *check(run) {
    const { options } = run;
    if (run.framework !== 'swift' || !options.has('quant_bits') || options.isNull('quant_bits'))
      return;
    if (options.has('quant_method') && !options.isNull('quant_method')) return;
    if (known(options.text('tuner_backend')) === 'unsloth') return;
    const record = known(run.model)?.record;
    if (record === undefined || run.quantization.value !== null) return;
    yield {
      at: options.get('quant_bits'),
      message: say`without \`--quant_method\` ms-swift ignores \`--quant_bits\`: the base model loads unquantised and takes its full memory`,
      fixes: [
        {
          title: say`Add \`--quant_method bnb\``,
          safety: 'unsafe',
          changes: [{ kind: 'option', key: 'quant_method', to: 'bnb' }],
        },
        {
          title: say`Remove \`--quant_bits\``,
          safety: 'suggestion',
          changes: [{ kind: 'option', key: 'quant_bits', to: null }],
        },
      ],
    };
  },
});
