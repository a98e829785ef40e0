// How pages look whatever the screen and whatever is wished: nothing jumps, nothing is
// stretched, light and dark from the first paint on, and 大字版.
import { type Browser } from '@playwright/test';
import { alive, cardStatus, expect, logInLegalPerson, logInOperator, test, view, type Page } from '../support/test.ts';
import { shoot, tooWide } from '../support/shots.ts';
import { type Stack } from '../support/stack.ts';

const WIDTHS = [
  { width: 390, height: 844 },
  { width: 1366, height: 900 },
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
] as const;

/** WCAG has no number; this is a fifth of what Lighthouse calls good. */
const MOST_SHIFT = 0.02;

/** How far things moved by themselves since the page began to load. */
const shift = (page: Page) =>
  page.evaluate(
    async () =>
      await new Promise<{ sum: number; what: string[] }>((resolve) => {
        let sum = 0;
        const what: string[] = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as unknown as {
            value: number;
            sources: { node: Element | null }[];
          }[]) {
            sum += entry.value;
            what.push(...entry.sources.map(({ node }) => node?.className ?? '?'));
          }
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => resolve({ sum, what }), 250);
      }),
  );

/** Loads each page at each width, and measures it once all of it lives. */
async function expectStill(page: Page, paths: string[], ready: (page: Page) => Promise<void>) {
  for (const size of WIDTHS) {
    await page.setViewportSize(size);
    for (const path of paths) {
      await page.goto(path);
      await ready(page);
      const { sum, what } = await shift(page);
      expect.soft(sum, `${path} at ${size.width}: ${what.join(', ')}`).toBeLessThanOrEqual(MOST_SHIFT);
      expect.soft(await tooWide(page), `${path} at ${size.width}`).toEqual([]);
    }
  }
}

/** Somebody's card page and record, as the legal person's lists lead there. */
async function deepPages(page: Page, name: string): Promise<string[]> {
  await page.goto(`/manage/freeze?name=${name}`);
  await view(page, name);
  const card = new URL(page.url()).pathname;
  await page.goto('/manage/history/all');
  await page.locator('[data-row]').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('操作详细信息');
  return [card, new URL(page.url()).pathname];
}

test('nothing jumps on a page of the legal person', async ({ page, stack }) => {
  test.setTimeout(180_000);
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  const deep = await deepPages(page, stack.operator('0004').holder_name);
  const lists = ['/manage/renew', '/manage/freeze', '/manage/unlock', '/manage/history', '/manage/history/all'];
  await expectStill(page, ['/portal', '/manage', ...lists, ...deep, '/manage/nothing', '/nowhere'], alive);
});

test('nothing jumps on a page of an operator or of nobody', async ({ page, browser, stack }) => {
  test.setTimeout(180_000);
  await stack.startBridge();
  await stack.insert('operator-0001');
  const read = (page: Page) => expect(cardStatus(page)).toContainText('已检测到IC卡');
  await expectStill(page, ['/login'], read);
  const loaded = (page: Page) => page.waitForLoadState('networkidle');
  await expectStill(page, ['/login?left=logout', '/environment', '/nowhere'], loaded);
  await logInOperator(page, stack, 'operator-0001');
  await expectStill(page, ['/my-card'], alive);
  await stack.pull();
  const terminal = await browser.newContext({ baseURL: stack.origin, hasTouch: true });
  await expectStill(await terminal.newPage(), ['/kiosk'], loaded);
  await terminal.close();
});

/** The ground of the page before any script or island of it runs. */
async function firstGround(browser: Browser, stack: Stack, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({
    baseURL: stack.origin,
    colorScheme,
    javaScriptEnabled: false,
  });
  const page = await context.newPage();
  await page.goto('/environment');
  const said = await page.locator('meta[name="color-scheme"]').getAttribute('content');
  const ground = await page
    .locator('html')
    .evaluate((html) => [getComputedStyle(html).backgroundColor, getComputedStyle(html).colorScheme]);
  await context.close();
  return [said, ...ground];
}

test('light and dark as the system wishes, without a script, and light on paper', async ({
  page,
  browser,
  stack,
}) => {
  expect(await firstGround(browser, stack, 'light')).toEqual([
    'light dark',
    'rgb(242, 245, 249)',
    'light dark',
  ]);
  expect(await firstGround(browser, stack, 'dark')).toEqual([
    'light dark',
    'rgb(13, 21, 32)',
    'light dark',
  ]);
  await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
  await page.goto('/environment');
  const ink = () => page.locator('h1').evaluate((heading) => getComputedStyle(heading).color);
  expect(await ink()).toBe('rgb(16, 27, 40)');
  await page.emulateMedia({ colorScheme: 'light', contrast: 'more', media: 'screen' });
  expect(await ink()).toBe('rgb(0, 0, 0)');
});

test('text at a desk has 15 px and more, and no page is wider than can be read', async ({
  page,
  stack,
}) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  const deep = await deepPages(page, stack.operator('0004').holder_name);
  const smallest = () =>
    page.evaluate(() => {
      const found = new Map<number, string>();
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const parent = texts.currentNode.parentElement;
        if (!parent || !texts.currentNode.textContent?.trim() || !parent.checkVisibility()) continue;
        if (parent.closest('script, style, noscript, .unseen')) continue;
        found.set(parseFloat(getComputedStyle(parent).fontSize), parent.className);
      }
      const least = Math.min(...found.keys());
      return { least, of: found.get(least) };
    });
  for (const path of ['/portal', '/manage', '/manage/renew', '/manage/history/all', ...deep]) {
    await page.goto(path);
    await alive(page);
    expect.soft((await smallest()).least, `${path}: ${(await smallest()).of}`).toBeGreaterThanOrEqual(15);
    await page.setViewportSize(WIDTHS[3]);
    // A half larger, and no wider than three quarters.
    expect.soft((await smallest()).least, path).toBeGreaterThanOrEqual(22);
    const main = (await page.getByRole('main').boundingBox())!;
    expect.soft(main.width, path).toBeLessThanOrEqual(2880);
    await shoot(page, `4k${path.replace(/[0-9a-f]{8}-[0-9a-f-]+|\d+/g, 'x').replaceAll('/', '-')}`);
    await page.setViewportSize(WIDTHS[1]);
  }
});

test('大字版 is switched in the page as it is, kept, and at one place', async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await page.goto('/manage/renew');
  await alive(page);
  const button = page.getByRole('button', { name: '大字版' });
  const size = () =>
    page.locator('.table tbody th').first().evaluate((cell) => parseFloat(getComputedStyle(cell).fontSize));
  const usual = await size();
  await page.getByLabel('操作员姓名', { exact: true }).fill('未查询');
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  const kept = page.waitForResponse((response) => response.url().endsWith('/large-type'));
  await button.click();
  await kept;
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  expect(await size()).toBeGreaterThanOrEqual(18);
  // Nothing that was typed is lost.
  await expect(page.getByLabel('操作员姓名', { exact: true })).toHaveValue('未查询');
  await shoot(page, 'large-list');
  for (const path of ['/portal', '/manage', '/manage/history/all', '/nowhere']) {
    await page.goto(path);
    await alive(page);
    await shoot(page, `large${path.replaceAll('/', '-')}`);
  }
  const places: { x: number; y: number }[] = [];
  for (const path of ['/portal', '/manage', '/environment', '/manage/freeze']) {
    await page.goto(path);
    places.push((await button.boundingBox())!);
  }
  for (const { x, y } of places) {
    expect(Math.abs(x - places[0]!.x)).toBeLessThanOrEqual(1);
    expect(Math.abs(y - places[0]!.y)).toBeLessThanOrEqual(3);
  }
  await page.goto('/manage/renew');
  expect(await size()).toBeGreaterThanOrEqual(18);
  const forgotten = page.waitForResponse((response) => response.url().endsWith('/large-type'));
  await button.click();
  await forgotten;
  expect(await size()).toBe(usual);
  await page.reload();
  expect(await size()).toBe(usual);
});

test('大字版 works without a script, and a terminal forgets it', async ({ browser, stack }) => {
  const context = await browser.newContext({ baseURL: stack.origin, javaScriptEnabled: false });
  const page = await context.newPage();
  const button = page.getByRole('button', { name: '大字版' });
  await page.goto('/environment');
  await button.click();
  await expect(page).toHaveURL(/\/environment$/);
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  await page.goto('/login');
  await expect(page.locator('html')).toHaveAttribute('data-large', '');
  await page.goto('/kiosk');
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  await page.goto('/login');
  await expect(page.locator('html')).not.toHaveAttribute('data-large');
  await context.close();
});

test('a sheet shows all components in all states, while developing only', async ({ page, stack }) => {
  expect((await page.goto('/styleguide'))?.status()).toBe(404);
  await stack.stopServer();
  // The port of what loads pages anew, of which there is none here.
  stack.environment['IC_CARD_DEV'] = '9';
  await stack.startServer();
  expect((await page.goto('/styleguide'))?.status()).toBe(200);
  await expect(page.getByRole('heading', { level: 1, name: '组件样张' })).toBeVisible();
  await page.setViewportSize({ width: 1366, height: 1200 });
  await shoot(page, 'styleguide');
  await page.emulateMedia({ contrast: 'more' });
  await shoot(page, 'styleguide-contrast');
  await page.emulateMedia({ colorScheme: 'dark', contrast: 'more' });
  await shoot(page, 'styleguide-contrast-dark');
});
