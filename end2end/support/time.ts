// Time that passes at once: for server and bridge by libfaketime, for pages by Playwright's
// clock. It never goes back, and passes in steps that a server takes for a clock put right.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { stage } from './paths.ts';

/** How much of the page's time passes between two looks at it, in seconds. */
const STEP = 5;

function library(): string {
  const places = readdirSync('/usr/lib').map((name) =>
    join('/usr/lib', name, 'faketime/libfaketimeMT.so.1'),
  );
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error('libfaketime is not installed');
  return found;
}

export class Time {
  private readonly file = join(stage, 'clock');
  private ahead = 0;

  /** Installs the clock of the context's pages. To be called before any is opened. */
  static async over(context: BrowserContext): Promise<Time> {
    await context.clock.install();
    const time = new Time();
    time.put();
    return time;
  }

  /** What a program is started with to have this time. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Lets so many seconds pass for both, or fewer once it `isOver`. Gives how many did. */
  async pass(page: Page, seconds: number, isOver = async () => false): Promise<number> {
    let passed = 0;
    while (passed < seconds && !(await isOver())) {
      const step = Math.min(STEP, seconds - passed);
      this.ahead += step;
      passed += step;
      this.put();
      await page.clock.runFor(step * 1000);
      // What the page asked the service for in that time is answered in its own.
      await new Promise((done) => setTimeout(done, 120));
    }
    return passed;
  }

  private put(): void {
    writeFileSync(this.file, `+${this.ahead}`);
  }
}
