import type { InputFile } from './inputs.ts';

const STATE = 'trainer_state.json';

/**
 * Leaves out states of checkpoints whose history another state of the same run tells to a later step:
 * every checkpoint repeats all that was logged before it, and one finding is enough. Files that the
 * user named stay.
 */
export function withoutRepeats(files: readonly InputFile[]): readonly InputFile[] {
  const longest = new Map<string, InputFile>();
  for (const file of files.filter(isState)) {
    const known = longest.get(runOf(file));
    if (known === undefined || known.text.length < file.text.length) longest.set(runOf(file), file);
  }
  return files.filter((file) => {
    const whole = isState(file) && !file.named ? longest.get(runOf(file)) : undefined;
    return whole === undefined || whole === file || !repeats(file.text, whole.text);
  });
}

function isState({ path }: InputFile): boolean {
  return path === STATE || path.endsWith(`/${STATE}`);
}

/** The folder of the run: a checkpoint's own folder does not count. */
function runOf({ path }: InputFile): string {
  return path.slice(0, -STATE.length).replace(/(^|\/)checkpoint-\d+\/$/, '$1');
}

/** Whether all entries of one history begin the other. */
function repeats(part: string, whole: string): boolean {
  const entries = historyOf(part);
  return entries !== undefined && historyOf(whole)?.startsWith(entries) === true;
}

/** The entries of `log_history` as they are written; no entry holds a list. */
function historyOf(text: string): string | undefined {
  const opened = /"log_history"\s*:\s*\[/.exec(text);
  const start = opened === null ? 0 : opened.index + opened[0].length;
  const end = opened === null ? -1 : text.indexOf(']', start);
  const entries = text.slice(start, Math.max(start, end)).trim();
  return entries.endsWith('}') ? entries : undefined;
}
