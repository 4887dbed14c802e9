import { type CodeAction, CodeActionKind, type CodeActionParams } from 'vscode-languageserver';
import type { Finding, Fix } from '../../src-core/finding.ts';
import { say } from '../../src-core/text/message.ts';
import type { Core } from '../core.ts';
import { judgedWith } from '../judged-with.ts';
import { addsErrors } from '../new-errors.ts';
import { toSpan } from '../proto/from-proto.ts';
import { toDiagnostic, toWorkspaceEdit } from '../proto/to-proto.ts';
import { type Seen, seenIn } from '../seen.ts';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';
import { isSafe, safeEdits } from './fix-all.ts';
import { ignoreFix } from './ignore.ts';
import { explanations } from './rules.ts';

/** Applies every fix in the file that leaves the training as it is. */
export const FIX_ALL_KIND = `${CodeActionKind.SourceFixAll}.tunelint`;

/** Whether the client asked for `kind`: no filter, or the kind itself or one of its parents. */
function asked(only: readonly string[] | undefined, kind: string): boolean {
  return only === undefined || only.some((want) => kind === want || kind.startsWith(`${want}.`));
}

function quickFix(shell: Shell, view: View, finding: Finding, fix: Fix): CodeAction[] {
  const edit = toWorkspaceEdit(view, fix.files, shell.abilities);
  if (edit === undefined) return [];
  const onlyWay = finding.fixes[0] === fix && fix.safety !== 'suggestion';
  return [
    {
      title: shell.say(fix.said ?? fix.title),
      kind: CodeActionKind.QuickFix,
      diagnostics: [toDiagnostic(view, finding, shell)],
      ...(onlyWay ? { isPreferred: true } : {}),
      edit,
    },
  ];
}

/** Whether a fix would give an error that is not there. */
function breaks(core: Core, view: View, fix: Fix): boolean {
  return addsErrors(view.analysis.findings, judgedWith(core, view, fix.files));
}

/** The safe fixes of every finding of one rule in a file, where there are several. */
function fixesOfRule(shell: Shell, view: View, rule: string): CodeAction[] {
  const { findings, file } = view.analysis;
  const safe = findings.filter(
    (one) => one.rule === rule && one.file === file.path && one.fixes.some(isSafe),
  );
  const edits = safeEdits(safe, file.path);
  const edit = toWorkspaceEdit(view, [{ file: file.path, edits }], shell.abilities);
  if (edit === undefined || safe.length < 2 || edits.length < 2) return [];
  return [
    {
      title: shell.say(say`Fix all ${safe.length} of ${rule} in this file`),
      kind: CodeActionKind.QuickFix,
      diagnostics: safe.map((finding) => toDiagnostic(view, finding, shell)),
      edit,
    },
  ];
}

/** Fixes of the findings in the range; ignoring one is always the last resort. */
function quickFixes(shell: Shell, { findings }: Seen, { range }: CodeActionParams): CodeAction[] {
  const under = findings.filter(({ view, finding: { span } }) => {
    const at = toSpan(view.document, range);
    return span.start <= at.end && at.start <= span.end;
  });
  const fixes = under.flatMap(({ view, finding }) =>
    finding.fixes
      .filter((fix) => fix.safety !== 'unsafe' || !breaks(shell.core, view, fix))
      .flatMap((fix) => quickFix(shell, view, finding, fix)),
  );
  const fixable = under.filter(({ finding }) => finding.fixes.some(isSafe));
  const rules = new Map(fixable.map(({ view, finding }) => [finding.rule, view]));
  const ofRules = [...rules].flatMap(([rule, view]) => fixesOfRule(shell, view, rule));
  const ignores = under.flatMap(({ view, finding }) => {
    const fix = ignoreFix(shell.core, view, finding);
    return fix === undefined ? [] : quickFix(shell, view, finding, fix);
  });
  return [...fixes, ...ofRules, ...explanations(shell, under), ...ignores];
}

function fixAll(shell: Shell, view: View): CodeAction[] {
  const { findings, file } = view.analysis;
  const edits = safeEdits(findings, file.path);
  const edit = toWorkspaceEdit(view, [{ file: file.path, edits }], shell.abilities);
  if (edit === undefined || edits.length === 0) return [];
  return [
    { title: shell.say('Fix all that leave the training as it is'), kind: FIX_ALL_KIND, edit },
  ];
}

/** Offers the fixes of the findings under the caret, and all safe ones at once. */
export function registerCodeActions(shell: Shell): void {
  const { connection, session } = shell;
  connection.onCodeAction(
    guarded(connection, 'textDocument/codeAction', [], async (params, token) => {
      const seen = await seenIn(session, params.textDocument.uri, token, 'full');
      const { own } = seen;
      const { only } = params.context;
      return [
        ...(asked(only, CodeActionKind.QuickFix) ? quickFixes(shell, seen, params) : []),
        ...(own && asked(only, FIX_ALL_KIND) ? fixAll(shell, own) : []),
      ];
    }),
  );
}
