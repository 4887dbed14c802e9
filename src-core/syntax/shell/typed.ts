import type { Word as ShellWord } from 'unbash';

type Words = readonly ShellWord[];

/** Option letters with a value, the next word or what stands behind the letter (ssh(1), tmux(1), screen(1)). */
const SSH = 'BbcDEeFIiJLlmOopQRSWw';
const TMUX = 'cfLST';
const SENDS = 'cNt';
const STARTS = 'ceFflnpstxy';

/** Subcommands of tmux that type words, and those that start a shell with one. */
const SEND = /^send(?:-keys)?$/;
const START = /^(?:new(?:-session|-window)?|neww|split-window|splitw|respawn-(?:pane|window))$/;
const ENTER = /^(?:enter|kpenter|c-[mj])$/i;

/**
 * The word that is run by a shell of another session: of `ssh host '…'`, `tmux new -d '…'`, `tmux send-keys '…' C-m`,
 * `screen -X stuff '…\n'` and `su -c '…'`. What is typed without Enter may be part of a line.
 */
export function typedScript(words: Words): ShellWord | undefined {
  const [name, ...args] = words;
  switch (name?.value.replace(/^.*\//, '')) {
    case 'ssh':
      return only(operands(args, SSH).slice(1));
    case 'tmux':
      return inTmux(operands(args, TMUX));
    case 'screen':
      return behind(args, 'stuff');
    case 'su':
      return behind(args, '-c');
    default:
      return undefined;
  }
}

/** What ends a line that `screen` types: how the letters of an Enter are written. */
export const TYPED_ENTER = /(?:\\n|\\r|\^M|\\015|\\012|[\r\n])+$/;

function inTmux([command, ...args]: Words): ShellWord | undefined {
  const text = command?.value ?? '';
  if (START.test(text)) return only(operands(args, STARTS));
  if (!SEND.test(text)) return undefined;
  const [typed, key, ...more] = operands(args, SENDS);
  return ENTER.test(key?.value ?? '') && more.length === 0 ? typed : undefined;
}

function behind(words: Words, flag: string): ShellWord | undefined {
  return words[words.findIndex(({ value }) => value === flag) + 1 || words.length];
}

/** A single word; where there are several, the command is seen in them. */
function only([first, ...others]: Words): ShellWord | undefined {
  return others.length === 0 ? first : undefined;
}

/** The words behind the options; `taking` names those with a value. */
function operands(words: Words, taking: string): Words {
  let at = 0;
  for (; at < words.length; at++) {
    const { value = '' } = words[at] ?? {};
    if (!/^-./.test(value)) break;
    const letter = [...value.slice(1)].findIndex((one) => taking.includes(one));
    if (letter >= 0 && letter === value.length - 2) at++;
  }
  return words.slice(at);
}
