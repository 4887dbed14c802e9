import type { Document } from '../../syntax/document.ts';
import type { Recognized } from '../framework.ts';
import { isRecipe } from './scopes.ts';

/**
 * The recipe of a run: what the command names, else the first that the comments of the config say
 * to run it with.
 */
export function recipeOf(recognized: Recognized): string | undefined {
  const [section] = recognized.sections;
  const own = recognized.sections.find(({ unit }) => unit.kind === 'command');
  if (own !== undefined) return isRecipe(own.scope.id) ? own.scope.id : undefined;
  return section === undefined ? undefined : recipeIn(section.document);
}

/** The recipe that the comments of a config say to run it with. */
export function recipeIn({ comments }: Document): string | undefined {
  for (const { text } of comments ?? []) {
    const words = /\btune run\b(.*)/.exec(text)?.[1]?.split(/\s+/) ?? [];
    const named = words.find((word) => isRecipe(word));
    if (named !== undefined) return named;
  }
  return undefined;
}
