'use strict';
(() => {
  const back = document.documentElement.dataset.back;
  const FIRST = 2000, LONGEST = 10000;
  let wait = FIRST, timer = 0, asking = false;
  async function again() {
    if (asking) return;
    asking = true;
    clearTimeout(timer);
    try {
      const answer = await fetch('/readyz', { cache: 'no-store', signal: AbortSignal.timeout(8000) });
      if (answer.ok) {
        // The page goes. Should it not (the address is a file's, say), a person goes on.
        if (back.startsWith('/login?left=')) {
          // What could not be sent before.
          await fetch('/logout', { method: 'POST', redirect: 'manual' });
        }
        location.replace(back);
        return;
      }
    } catch {
      // The next time.
    } finally {
      asking = false;
    }
    // Not all terminals of a hall at the same moment.
    timer = setTimeout(again, wait * (0.8 + 0.4 * Math.random()));
    wait = Math.min(wait * 1.3, LONGEST);
  }
  document.getElementById('again').addEventListener('click', () => { wait = FIRST; again(); });
  addEventListener('online', again);
  timer = setTimeout(again, FIRST);
  // A terminal's watchdog sees by it that the page lives.
  const title = document.title;
  let beat = 0;
  setInterval(() => { document.title = `${title} ${beat ^= 1}`; }, 5000);
})();
