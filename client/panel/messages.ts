import type { PanelData, WhatIf } from '../../server/proto/panel.ts';

/** From the editor to the page. */
export type ToPage =
  | { readonly type: 'data'; readonly data: PanelData; readonly changes: WhatIf }
  /** The document holds no run with known dimensions any more, or is not open. */
  | { readonly type: 'none'; readonly closed: boolean };

/** From the page to the editor. */
export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'change'; readonly changes: WhatIf }
  | { readonly type: 'apply'; readonly changes: WhatIf };
