// `test` with the virtual machine, its Chromium and keys. The machine is booted once for a
// project; server, register and cards are each test's own, as everywhere.
import { expect, type Page } from '@playwright/test';
import { Stack } from '../support/stack.ts';
import { test as base } from '../support/test.ts';
import { install } from './ccid.ts';
import { Key, type KeyOptions } from './key.ts';
import { Machine, type Kind } from './machine.ts';

export { expect };
export type { Page };

/** Makes a key with the card of this name, in the first socket or another. */
export type MakeKey = (card: string, options?: KeyOptions & { socket?: number }) => Promise<Key>;

interface Fixtures {
  key: MakeKey;
}

interface Shared {
  /** Which browser the machine has. */
  kind: Kind;
  machine: Machine;
  /** The first tab of its browser; another takes long to open. */
  tab: Page;
}

const seconds = (since: number): string => ((Date.now() - since) / 1000).toFixed(1);

export const test = base.extend<Fixtures, Shared>({
  kind: ['headless', { scope: 'worker', option: true }],
  machine: [
    async ({ kind }, use) => {
      // The origin is the same for every copy of the register.
      const start = Date.now();
      const machine = await Machine.boot(Stack.origin(), kind);
      console.log(`    the machine is up after ${seconds(start)} s`);
      await use(machine);
      await machine.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  tab: [
    async ({ machine }, use) => {
      const start = Date.now();
      const context = await machine.browser();
      console.log(`    its browser is there after ${seconds(start)} s more`);
      const tab = context.pages()[0] ?? (await context.newPage());
      const goto = tab.goto.bind(tab);
      // Paths are the server's.
      tab.goto = (url, options) =>
        goto(new URL(url, Stack.origin()).href, { timeout: 60_000, waitUntil: 'commit', ...options });
      tab.on('pageerror', ({ message, stack }) => console.log(`    the page failed: ${message} ${stack}`));
      await install(tab);
      await use(tab);
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  key: async ({ machine, stack }, use) => {
    const made: Key[] = [];
    // The stack's cards are there as long as it is.
    void stack;
    await use(async (card, { socket = 0, ...options } = {}) => {
      const key = await Key.make(machine, socket, card, options);
      made.push(key);
      return key;
    });
    for (const key of made) await key.end();
  },
  // One tab for all, which remembers nothing of the test before.
  page: async ({ tab, stack }, use, info) => {
    void stack;
    await tab.context().clearCookies();
    await use(tab);
    if (info.status !== info.expectedStatus) {
      const body = await tab.screenshot().catch(() => undefined);
      if (body) await info.attach('page.png', { body, contentType: 'image/png' });
    }
  },
});
