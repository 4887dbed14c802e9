import type uPlot from 'uplot';

/**
 * Lets a chart be read with the pointer and, once it has the focus, with the arrow keys: `text` says
 * what is at a place, in `readout` and to a screen reader. The chart is a slider over its places.
 */
export function readable(
  target: HTMLElement,
  plot: uPlot,
  readout: HTMLElement,
  text: (index: number) => string,
): void {
  const last = (plot.data[0]?.length ?? 1) - 1;
  const tell = (index: number) => {
    readout.textContent = text(index);
    target.setAttribute('aria-valuenow', String(index));
    target.setAttribute('aria-valuetext', text(index));
  };
  const move = (index: number) => {
    const at = Math.max(0, Math.min(last, index));
    const left = plot.valToPos(plot.data[0]?.[at] ?? 0, 'x');
    plot.setCursor({ left, top: 10 });
    tell(at);
  };
  target.setAttribute('aria-valuemin', '0');
  target.setAttribute('aria-valuemax', String(last));
  plot.over.addEventListener('mousemove', () => {
    if (plot.cursor.idx !== null && plot.cursor.idx !== undefined) tell(plot.cursor.idx);
  });
  target.onkeydown = (event) => {
    const now = Number(target.getAttribute('aria-valuenow') ?? 0);
    const far = Math.max(1, Math.round(last / 20));
    const next: Readonly<Record<string, number>> = {
      ArrowRight: now + 1,
      ArrowLeft: now - 1,
      PageDown: now + far,
      PageUp: now - far,
      Home: 0,
      End: last,
    };
    const index = next[event.key];
    if (index === undefined) return;
    event.preventDefault();
    move(index);
  };
}
