import type { Command } from 'unbash';

/** Commands that start no training and assign nothing, in every script by the dozen. */
const INERT = new Set([
  '[',
  'test',
  'echo',
  'mkdir',
  'rm',
  'ls',
  'touch',
  'chmod',
  'sleep',
  'exit',
]);
/** What may assign or start something in the words of any command. */
const ACTIVE = /\$\{\w+:?=|\$\(|`/;

/** Whether nothing comes of a command: its words need not be read. */
export function isInert({ name, prefix, pos, end }: Command, source: string): boolean {
  if (name === undefined || prefix.length > 0 || !INERT.has(name.value)) return false;
  return !ACTIVE.test(source.slice(pos, end));
}
