import * as vscode from 'vscode';
import type { GpuItem } from '../server/proto/requests.ts';

interface Choice extends vscode.QuickPickItem {
  /** The value of the setting `tunelint.gpu`. */
  readonly gpu?: string;
  /** How many of them the machine has. */
  readonly here?: number;
}

const COUNTS = [1, 2, 4, 8, 16, 32, 64];

function choices(cards: readonly GpuItem[]): Choice[] {
  const none: Choice = {
    label: vscode.l10n.t('No GPU'),
    description: vscode.l10n.t('name the smallest card that fits'),
    gpu: '',
  };
  const kinds = cards.map(({ name, memory, detail, here, chosen: isChosen }): Choice => {
    const chosen = isChosen ? ` · ${vscode.l10n.t('chosen')}` : '';
    const found = here === undefined ? '' : ` · ${vscode.l10n.t('in this machine')} ×${here}`;
    const description = `${memory}${chosen}${found}`;
    return { label: name, description, detail, gpu: name, ...(here === undefined ? {} : { here }) };
  });
  const rule = { label: '', kind: vscode.QuickPickItemKind.Separator };
  // The list opens at its first entry: what is in force.
  const first = cards[0]?.chosen ? kinds.splice(0, 1) : [];
  return [...first, none, rule, ...kinds];
}

/** Asks how many; what the machine has comes first. */
async function pickCount(gpu: string, here: number | undefined): Promise<number | undefined> {
  const counts = here === undefined ? COUNTS : [here, ...COUNTS.filter((count) => count !== here)];
  const items = counts.map((count) => ({
    label: String(count),
    count,
    ...(count === here ? { description: vscode.l10n.t('in this machine') } : {}),
  }));
  const title = vscode.l10n.t('How many {0}?', gpu);
  const picked = await vscode.window.showQuickPick(items, { title });
  return picked?.count;
}

/** The settings that count for the document: those of its folder where they say anything, else of the workspace. */
function targetOf(settings: vscode.WorkspaceConfiguration): vscode.ConfigurationTarget {
  const inFolder = ['gpu', 'gpus'].some(
    (key) => settings.inspect(key)?.workspaceFolderValue !== undefined,
  );
  if (inFolder) return vscode.ConfigurationTarget.WorkspaceFolder;
  const folders = vscode.workspace.workspaceFolders?.length ?? 0;
  return folders > 0 ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
}

/** Asks for a card and how many, and writes both to the settings that count for the document; gives the card. */
export async function pickGpu(
  cards: readonly GpuItem[],
  document: vscode.Uri | undefined,
): Promise<string | undefined> {
  const settings = vscode.workspace.getConfiguration('tunelint', document);
  const picked = await vscode.window.showQuickPick(choices(cards), {
    title: vscode.l10n.t('Select the GPU to check against'),
    placeHolder: vscode.l10n.t('Name, memory or architecture'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked?.gpu === undefined) return undefined;
  const count = picked.gpu === '' ? 1 : await pickCount(picked.gpu, picked.here);
  if (count === undefined) return undefined;
  const target = targetOf(settings);
  await settings.update('gpu', picked.gpu === '' ? undefined : picked.gpu, target);
  await settings.update('gpus', count === 1 ? undefined : count, target);
  return picked.gpu;
}
