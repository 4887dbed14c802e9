import { blank } from '../blank.ts';

const NAME = /(?:^|[/\\])(?:GNUmakefile|[Mm]akefile|[^/\\]*\.mk)$/;

/** Whether the path is that of a file for make. */
export function isMakefile(path: string): boolean {
  return NAME.test(path);
}

/**
 * What a Makefile hands to shells, its comments, and blanks for the rest: of the same length. What make
 * fills in, `$(VAR)`, is a substitution to a shell, so that it is not known.
 */
export function recipesOf(text: string): string {
  let goesOn = false;
  const lines = text.split(/(?<=\n)/).map((line) => {
    const begins = !goesOn && line.startsWith('\t');
    const isRecipe = goesOn || begins;
    goesOn = isRecipe && /\\\r?\n$/.test(line);
    // `@` says nothing, `-` lets a command fail, `+` runs it in any case.
    if (begins) return line.replace(/^[\t @+-]+/, blank);
    return isRecipe || line.startsWith('#') ? line : blank(line);
  });
  return lines.join('');
}
