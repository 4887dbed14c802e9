import type { Call } from '../syntax/document.ts';
import type { Adapter } from './framework.ts';
import { NO_LAUNCH } from './launch.ts';
import { trainerScope, trainerSections } from './python/trainers.ts';
import { transformers } from './transformers/adapter.ts';
import { trl } from './trl/adapter.ts';

/** Trainers whose arguments are made elsewhere, so that no run has them: their keywords are judged alone. */
export const trainerCalls: readonly Adapter[] = [trl, transformers].map((own) => {
  const adapter: Adapter = {
    ...own,
    recognize(document, context) {
      if (document.file.language !== 'python') return [];
      const alone = document.units.filter(
        (unit): unit is Call =>
          unit.kind === 'call' &&
          trainerScope(unit.callee)?.framework === own.id &&
          context.isTaken?.(unit) !== true,
      );
      return trainerSections(document, alone, context).map((section) => ({
        adapter,
        grip: { file: section.file, span: section.unit.span },
        sections: [section],
        launch: NO_LAUNCH,
        trains: false,
      }));
    },
    lower: () => ({ draft: {}, problems: [] }),
  };
  return adapter;
});
