/** What a file of another language hands to a shell: its text at its own place, blanks for all else, of the same length. */
export interface ShellPart {
  readonly text: string;
  /**
   * How the shell's text may be edited: as a shell's, in the words of a line alone, or, of a list of arguments, within
   * one item or not at all.
   */
  readonly edits: 'all' | 'words' | 'item' | 'none';
}
