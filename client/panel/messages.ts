import type { PanelData, WhatIf } from '../../server/proto/panel.ts';

/** From the editor to the page: what is true as of the page's message number `turn`. */
export type ToPage = { readonly turn: number } & (
  | {
      readonly type: 'data';
      readonly data: PanelData;
      readonly changes: WhatIf;
      /** The name of the file whose run it is. */
      readonly file: string;
    }
  /** The document holds no such run any more, or is not open, or `why` says what is not known of the run. */
  | { readonly type: 'none'; readonly closed: boolean; readonly why?: string }
);

/** From the page to the editor: everything changed so far. The page numbers what it says from 1. */
export type FromPage =
  | { readonly type: 'ready'; readonly turn: number }
  | { readonly type: 'change'; readonly changes: WhatIf; readonly turn: number }
  | { readonly type: 'apply'; readonly changes: WhatIf; readonly turn: number };
