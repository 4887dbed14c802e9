import { rules } from '../../../src-core/index.ts';
import type { Command } from '../command.ts';
import { EXIT, UsageError } from '../io.ts';
import { rulePage } from '../package-info.ts';
import { nearest } from '../suggest.ts';

/** `tunelint explain RULE`: the page of a rule. */
export const explain: Command = {
  name: 'explain',
  operands: 'RULE',
  summary: 'Print the page of a rule',
  flags: [],
  run(args, io) {
    const [id] = args.positionals;
    if (id === undefined || args.positionals.length > 1)
      throw new UsageError('explain takes one rule id; "tunelint rules" lists them');
    const page = rulePage(id);
    if (page === undefined) throw new UsageError(unknown(id));
    io.out(page.endsWith('\n') ? page : `${page}\n`);
    return EXIT.clean;
  },
};

function unknown(id: string): string {
  const ids = rules.map((rule) => rule.id);
  const parts = ids.filter((known) => known.includes(id)).slice(0, 6);
  const near = nearest(id, ids) ?? (parts.length > 0 ? parts.join(', ') : undefined);
  const asked = near === undefined ? '' : `; did you mean ${near}?`;
  return `unknown rule "${id}"${asked}\n"tunelint rules" lists them`;
}
