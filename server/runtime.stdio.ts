import type { RAL, WatchDog } from 'vscode-languageserver';

/** What the library asks of the platform, for messages that come through `StdioReader`. */
export const stdioRuntime: RAL = {
  applicationJson: {
    encoder: { name: 'application/json', encode: () => Promise.reject(unused()) },
    decoder: { name: 'application/json', decode: () => Promise.reject(unused()) },
  },
  messageBuffer: {
    create() {
      throw unused();
    },
  },
  console,
  timer: {
    setTimeout(callback, ms, ...args) {
      const timer = setTimeout(callback, ms, ...args);
      return { dispose: () => clearTimeout(timer) };
    },
    // Messages that were read together are handled one after the other, without a turn of the event
    // loop between them. What takes long lets others in by itself (`Host.breathe`). A promise, as
    // `queueMicrotask` keeps an account of who called.
    setImmediate(callback, ...args) {
      let wanted = true;
      void Promise.resolve().then(() => {
        if (wanted) callback(...args);
      });
      return {
        dispose() {
          wanted = false;
        },
      };
    },
    setInterval(callback, ms, ...args) {
      const timer = setInterval(callback, ms, ...args);
      return { dispose: () => clearInterval(timer) };
    },
  },
};

function unused(): Error {
  return new Error('the library reads no streams here');
}

/** How often the client's process is looked for, in ms. */
const LOOK_MS = 3000;

/** Ends the server when the client says so, and when the client's process is gone. */
export function watchDog(): WatchDog {
  const dog: WatchDog = {
    shutdownReceived: false,
    initialize({ processId }) {
      if (typeof processId !== 'number') return;
      const look = () => isGone(processId) && dog.exit(dog.shutdownReceived ? 0 : 1);
      setInterval(look, LOOK_MS).unref();
    },
    exit(code) {
      process.exit(code);
    },
  };
  return dog;
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
