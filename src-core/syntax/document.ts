import type { Language, SourceFile } from '../text/source-file.ts';
import type { Span } from '../text/span.ts';
import type { Fault } from './fault.ts';

/** A scalar as the configuration's own loader would resolve it. */
export type Scalar = string | number | boolean | null;

/** A value as written. Spans cover the written text, quotes included. */
export type Node = ScalarNode | ListNode | MapNode | OpaqueNode | AbsentNode;

/**
 * One scalar. `text` is decoded (quotes and escapes taken off, assigned variables expanded);
 * `value` is what the language's loader makes of it: a shell word is always a string, YAML follows
 * PyYAML (YAML 1.1: `1e-5` without a dot is a string, `yes` is true), Python and JSON their own.
 */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly span: Span;
  readonly text: string;
  readonly value: Scalar;
  readonly quoted: boolean;
  /** Where the text truly stands, when it came through `VAR=value` and `$VAR`. */
  readonly via?: Span;
  /** Of an argument of the program, how it comes by this value. */
  readonly argument?: ArgumentOrigin;
}

/**
 * A `default`, which a command line may set; one that is `kept`, as the command that starts the program
 * does not set it; or what that command has `given`, where it stands there.
 */
export type ArgumentOrigin =
  | { readonly is: 'default' | 'kept' }
  | { readonly is: 'given'; readonly file: string; readonly span: Span };

/** A sequence: YAML / JSON / Python list or tuple, or several shell words behind one flag. */
export interface ListNode {
  readonly kind: 'list';
  readonly span: Span;
  readonly items: readonly Node[];
}

/** A mapping: YAML / JSON mapping, Python dict literal, `dict(...)` or a nested call. */
export interface MapNode {
  readonly kind: 'map';
  readonly span: Span;
  readonly entries: readonly Entry[];
  /** Python only: the constructor of a nested call, such as `BitsAndBytesConfig`. */
  readonly callee?: string;
}

/** A value that cannot be known from the text: `$VAR` nothing assigns, `$(...)`, a Python expression. */
export interface OpaqueNode {
  readonly kind: 'opaque';
  readonly span: Span;
  readonly text: string;
  readonly why: 'variable' | 'substitution' | 'expression' | 'interpolation' | 'syntax';
}

/** No value written: a bare flag `--fp16`, or a YAML key with nothing behind it. */
export interface AbsentNode {
  readonly kind: 'absent';
  readonly span: Span;
}

/** One key with its value. Duplicate keys give several entries; the last one wins. */
export interface Entry {
  /** The key without its sugar: `--torch_dtype` gives `torch_dtype`; dashes are kept as written. */
  readonly key: string;
  /** The key as written, `--` and quotes included. */
  readonly keySpan: Span;
  readonly value: Node;
  /** Key and value together, without the separator to the next entry. */
  readonly span: Span;
}

/** A run of a shell word's text that stands in one place. */
export interface WordPiece {
  /** Decoded text; the raw text when `opaque` is given. */
  readonly text: string;
  /** The piece at the place of use: `$LR` for text that comes from `LR=1e-5`. */
  readonly span: Span;
  /** Where the text truly stands, when it came through a variable. */
  readonly via?: Span;
  /** Why the piece is unknown. */
  readonly opaque?: OpaqueNode['why'];
  /** Whether it stands in quotes at the place of use. */
  readonly quoted: boolean;
}

/**
 * One shell word after expansion. A word that an array or an unquoted `$OPTS` of several words
 * gave stands in the assignment: `span` and `raw` are there, and `from` is the assigned value.
 */
export interface Word {
  readonly span: Span;
  /** The raw text of the word in the file. */
  readonly raw: string;
  readonly value: ScalarNode | OpaqueNode;
  /** The text in order, piece by piece, for adapters that cut a word at `=`. */
  readonly pieces: readonly WordPiece[];
  /** The assigned value the word was taken out of, quotes or parentheses included. */
  readonly from?: Span;
}

/** A simple command, its assignments in front, its words, redirections and heredocs left out. */
export interface Command {
  readonly kind: 'command';
  readonly span: Span;
  /** `VAR=value` in front of the command, plus exported variables in force: key is the name. */
  readonly env: readonly Entry[];
  readonly words: readonly Word[];
}

/** The root mapping of a YAML or JSON file (one for each YAML document). */
export interface Mapping {
  readonly kind: 'mapping';
  readonly span: Span;
  readonly root: MapNode;
}

/** A Python call: `TrainingArguments(fp16=True)`, keyword arguments as entries, `**kwargs` resolved where literal. */
export interface Call {
  readonly kind: 'call';
  readonly span: Span;
  /** The callee's last name: `from_pretrained`, `LoraConfig`. */
  readonly callee: string;
  readonly calleeSpan: Span;
  /** What stands before the last name: `AutoModelForCausalLM`, or the empty string. */
  readonly receiver: string;
  readonly positional: readonly Node[];
  readonly entries: readonly Entry[];
  /** The variable that the result, or what a method of it gives, is assigned to, if any. */
  readonly assignedTo?: string;
  /** `true` where that variable is an attribute of a class, in whose body it stands. */
  readonly ofClass?: boolean;
  /** The function that it stands in, if any. */
  readonly within?: Span;
  /** The part of an `if`, a loop, a `try` or a `match` of that function that it stands in, if any. */
  readonly block?: Span;
  /** `true` where it is made for some releases of a library only, and in another way for others. */
  readonly guarded?: boolean;
  /** Attributes of the result that are set in other lines; their values are not read. */
  readonly later?: readonly Entry[];
  /** `true` where it stands for several calls, of which any may be made: its keys may stand in different ones. */
  readonly several?: boolean;
  /** `true` when `**something` could not be resolved: keys may be set that are not seen. */
  readonly open: boolean;
}

/** A Python class with fields that have defaults: `class TrainingArguments(transformers.TrainingArguments)`. */
export interface ClassFields {
  readonly kind: 'class';
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  /** The last names of its base classes. */
  readonly bases: readonly string[];
  /** Annotated fields and their defaults, `field(default=...)` taken off. */
  readonly entries: readonly Entry[];
}

/** One unit that may describe a training run. */
export type Unit = Command | Mapping | Call | ClassFields;

/** Something the parser could not read; never an exception. */
export interface SyntaxProblem {
  readonly span: Span;
  readonly message: string;
}

/** A parsed source file. */
export interface Document {
  readonly file: SourceFile;
  readonly units: readonly Unit[];
  readonly problems: readonly SyntaxProblem[];
  /** YAML and JSON: what the loader of a framework stops at. */
  readonly fault?: Fault;
  /** Comments in order, with their marker (`#`, `//`) taken off the text. */
  readonly comments: readonly Comment[];
  /** Whether a template decides which lines there are (`{% if %}`). */
  readonly template?: boolean;
  /** Strings of several lines, and heredocs from their operator on: no comment can stand in them. */
  readonly unbroken?: readonly Span[];
  /** Shell: variables that are set by no command and for none, in order. */
  readonly assigned?: readonly Assigned[];
  /** Shell: what it writes into other files, or hands to Python, in order. */
  readonly written?: readonly WrittenText[];
  /** What a Python program sets in its own environment, in order. */
  readonly env?: readonly Entry[];
}

/** A heredoc that is a file of another language. */
export interface WrittenText {
  /** The file's path as commands would name it; absent for a program that Python is handed. */
  readonly path?: string;
  readonly language: Language;
  readonly span: Span;
  /** `false` where the shell puts variables and commands in their places. */
  readonly isVerbatim: boolean;
  /** Whether more of the file is written elsewhere. */
  readonly isPart: boolean;
}

/** `NAME=value` with no command behind it. */
export interface Assigned {
  readonly name: string;
  readonly span: Span;
  /** It and the assignments on its line, or on lines that `\\` joins. */
  readonly statement: Span;
}

/** One comment. `span` covers the marker too. */
export interface Comment {
  readonly span: Span;
  readonly text: string;
}
