/** Keeps the screen of a phone or tablet on while it waits for a payment. */

export class WakeLock {
  #isWanted = false;
  #lock: Promise<WakeLockSentinel | undefined> | undefined;

  hold(isWanted: boolean): void {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    if (!isWanted) {
      document.removeEventListener("visibilitychange", this.#ask);
      void this.#lock?.then((lock) => lock?.release());
      this.#lock = undefined;
    } else if (window.matchMedia?.("(pointer: coarse)").matches) {
      document.addEventListener("visibilitychange", this.#ask);
      this.#ask();
    }
  }

  // The browser drops the lock whenever the page is hidden. A refusal has no consequence.
  readonly #ask = (): void => {
    if (document.visibilityState === "hidden" || !("wakeLock" in navigator)) return;
    this.#lock = navigator.wakeLock.request("screen").catch(() => undefined);
  };
}
