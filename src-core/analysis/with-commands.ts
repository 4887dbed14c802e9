import type { Analysis } from '../analyze.ts';
import { byPlace } from './visible.ts';

/** What is known of a file, with what is known of commands or files that stand in it. */
export function withCommands(own: Analysis, commands: Analysis): Analysis {
  return {
    ...own,
    framework: own.framework ?? commands.framework,
    documents: new Map([...own.documents, ...commands.documents]),
    runs: [...own.runs, ...commands.runs],
    findings: [...own.findings, ...commands.findings].sort(byPlace),
    wanted: [...new Set([...own.wanted, ...commands.wanted])],
    failures: [...own.failures, ...commands.failures],
  };
}
