import type { PanelData, WhatIf } from '../../server/proto/panel.ts';

/** From the editor to the page: what is true as of the page's message number `turn`. */
export type ToPage = { readonly turn: number } & (
  | { readonly type: 'data'; readonly data: PanelData; readonly changes: WhatIf }
  /** The document holds no run with known dimensions any more, or is not open. */
  | { readonly type: 'none'; readonly closed: boolean }
);

/** From the page to the editor: everything changed so far. The page numbers what it says from 1. */
export type FromPage =
  | { readonly type: 'ready'; readonly turn: number }
  | { readonly type: 'change'; readonly changes: WhatIf; readonly turn: number }
  | { readonly type: 'apply'; readonly changes: WhatIf; readonly turn: number };
