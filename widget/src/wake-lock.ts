/** Keeps a phone's screen on while a payment is waited for; other devices are left alone. */

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

  // The browser drops the lock whenever the page is hidden. Being refused one is no trouble.
  readonly #ask = (): void => {
    if (document.visibilityState === "hidden" || !("wakeLock" in navigator)) return;
    this.#lock = navigator.wakeLock.request("screen").catch(() => undefined);
  };
}
