import type { Tree } from '@lezer/common';
import { BoundNames, type Names } from './constants.ts';
import { Declarations } from './declarations.ts';

/** A text with its tree, and what they say whatever a command gives to the program. */
export interface Survey {
  readonly source: string;
  /** The text without what is no Python. */
  readonly text: string;
  readonly tree: Tree;
  readonly names: Names;
  /** What it declares of arguments, where that was asked for. */
  readonly declared: Declarations | undefined;
}

/** Looks a text over in one walk. */
export function survey(source: string, text: string, tree: Tree, declares: boolean): Survey {
  const names = new BoundNames(source);
  const declared = declares ? new Declarations(source) : undefined;
  tree.iterate({
    enter(ref) {
      names.enter(ref);
      declared?.enter(ref);
    },
  });
  return { source, text, tree, names, declared };
}

/** A program, its modules, and the same for another one that is open. */
const MOST = 6;
const recent: Survey[] = [];

/** The survey of a text that was one of the last: a command starts the program that somebody has open. */
export function recall(source: string, declares: boolean): Survey | undefined {
  const found = recent.find((one) => one.source === source);
  return found === undefined || (declares && !found.declared) ? undefined : found;
}

/** Keeps a survey for `recall`. */
export function keep(one: Survey): Survey {
  const before = recent.findIndex(({ source }) => source === one.source);
  if (before >= 0) recent.splice(before, 1);
  recent.unshift(one);
  recent.length = Math.min(recent.length, MOST);
  return one;
}
