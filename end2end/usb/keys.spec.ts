// What Chromium's own USB makes of our key, before any code of the product talks to it: it
// is seen by policy, opened, read, pulled, and kept from the page where its class is 0B.
import { cardStatus } from '../support/test.ts';
import { expect, test, type Page } from './support.ts';

/** Messages to the reader (CCID 1.1 section 6.1) and from it (6.2). */
const POWER_ON = 0x62;
const STATUS = 0x65;
const TRANSFER = 0x6f;
const DATA_BLOCK = 0x80;
const SLOT_STATUS = 0x81;

/** SELECT of the PIV application. */
const SELECT_PIV = [0x00, 0xa4, 0x04, 0x00, 0x05, 0xa0, 0x00, 0x00, 0x03, 0x08, 0x00];

/** Whether an answer ends with 9000. */
const isGood = (data: number[]): boolean => data.slice(-2).join() === [0x90, 0x00].join();

const devices = (page: Page) => page.evaluate(() => window.probe.devices());
/**
 * A page of the server's origin, and quicker than one with all that moves on it. Who asked
 * for the devices is told of new ones.
 */
async function openBare(page: Page): Promise<void> {
  await page.goto('/readyz');
  await expect.poll(() => devices(page)).toEqual([]);
}

const events = (page: Page) => page.evaluate(() => window.probe.events);


test('a key is seen by policy, opened, and its card answers', async ({ page, key }) => {
  // The page is alive: it has looked for a bridge, and says that there is none.
  const start = Date.now();
  await page.goto('/login');
  await expect(cardStatus(page)).toContainText(/^(?!.*正在连接).*读卡程序/s, { timeout: 100_000 });
  console.log(`    the login page is alive after ${((Date.now() - start) / 1000).toFixed(1)} s`);
  // Not there: the product would take the key itself.
  await openBare(page);
  const one = await key('legal-person', { serial: 'KEY-A' });
  await one.insert();
  await expect.poll(() => events(page)).toEqual(['connect KEY-A']);
  expect(await devices(page)).toEqual([{ name: 'Virtual PIV key', serial: 'KEY-A' }]);
  const opened = await page.evaluate(() => window.probe.open('KEY-A'));
  expect(opened).toEqual({ name: 'Virtual PIV key', class: 0xff });

  const exchange = (kind: number, data: number[] = []) =>
    page.evaluate(({ kind, data }) => window.probe.exchange('KEY-A', kind, data), { kind, data });
  expect(await exchange(STATUS)).toMatchObject({ kind: SLOT_STATUS, status: 1, error: 0 });
  const { data: atr, ...powered } = await exchange(POWER_ON);
  expect(powered).toEqual({ kind: DATA_BLOCK, status: 0, error: 0 });
  expect(String.fromCharCode(...atr)).toContain('VPIV');
  const selected = await exchange(TRANSFER, SELECT_PIV);
  expect(selected).toMatchObject({ kind: DATA_BLOCK, status: 0 });
  expect(isGood(selected.data)).toBe(true);
  // The discovery object, by extended lengths.
  const discovery = [0x00, 0xcb, 0x3f, 0xff, 0x00, 0x00, 0x03, 0x5c, 0x01, 0x7e, 0x00, 0x00];
  expect(isGood((await exchange(TRANSFER, discovery)).data)).toBe(true);

  const taken = await page.evaluate(() => window.probe.measure('KEY-A', 50));
  const at = (part: number): string => (taken[Math.floor(taken.length * part)] ?? 0).toFixed(1);
  console.log(`    ten bytes there and back, without a real processor: median ${at(0.5)} ms, p95 ${at(0.95)} ms`);
});

test('an interface of class 0B is seen, and kept from the page', async ({ page, key }) => {
  await openBare(page);
  const one = await key('legal-person', { serial: 'KEY-0B', class: '0b' });
  await one.insert();
  await expect.poll(() => events(page)).toEqual(['connect KEY-0B']);
  const refusal = await page.evaluate(() => window.probe.refusal('KEY-0B'));
  expect(refusal).toMatch(/^SecurityError: .*protected class/);
});

test('two keys at once, and one is pulled amid a transfer', async ({ page, key }) => {
  await openBare(page);
  const one = await key('legal-person', { serial: 'KEY-A' });
  const two = await key('operator-0003', { serial: 'KEY-B', socket: 1 });
  await one.insert();
  await two.insert();
  await expect.poll(async () => (await events(page)).toSorted()).toEqual(['connect KEY-A', 'connect KEY-B']);
  const serials = (await devices(page)).map(({ serial }) => serial);
  expect(serials.toSorted()).toEqual(['KEY-A', 'KEY-B']);
  for (const serial of ['KEY-A', 'KEY-B']) await page.evaluate((it) => window.probe.open(it), serial);

  await page.evaluate(() => window.probe.listen('KEY-A'));
  await one.pullHard();
  expect(await page.evaluate(() => window.probe.ended)).toMatch(/^NetworkError: /);
  await expect.poll(() => events(page)).toContain('disconnect KEY-A');
  // The other one does not notice.
  const answer = await page.evaluate((kind) => window.probe.exchange('KEY-B', kind), STATUS);
  expect(answer).toMatchObject({ kind: SLOT_STATUS, status: 1 });

  // Plugged in again, it is there again.
  await one.insert();
  await expect.poll(async () => (await events(page)).filter((event) => event === 'connect KEY-A').length).toBe(2);
  await page.evaluate(() => window.probe.open('KEY-A'));
});

test('a key that is pulled while the card works answers nothing', async ({ page, key }) => {
  await openBare(page);
  const one = await key('legal-person', { serial: 'KEY-A' });
  await one.insert();
  await expect.poll(() => events(page)).toEqual(['connect KEY-A']);
  await page.evaluate(() => window.probe.open('KEY-A'));
  await page.evaluate((kind) => window.probe.exchange('KEY-A', kind), POWER_ON);
  await one.cut(1);
  const failed = page.evaluate(
    ({ kind, data }) =>
      window.probe.exchange('KEY-A', kind, data).then(
        () => 'answered',
        ({ name }: Error) => name,
      ),
    { kind: TRANSFER, data: SELECT_PIV },
  );
  expect(await failed).toBe('NetworkError');
  await expect.poll(() => events(page)).toContain('disconnect KEY-A');
});
