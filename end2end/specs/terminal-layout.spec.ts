// A terminal's screens: what is touched is large, apart, and where hands are; nothing is
// too small to read. Upright, on a wide screen, and on a nearly square one.
import { shoot } from '../support/shots.ts';
import { answer, cardStatus, dialogOf, enterPin, expect, test, type Page } from '../support/test.ts';

const SIZES = [
  { width: 1080, height: 1920 },
  { width: 1920, height: 1080 },
  { width: 1280, height: 1024 },
];

/** What of the page is too small, too near to something else, or too wide. */
const faults = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const LEAST = { text: 18, target: 60, gap: 12 };
    const found = new Set<string>();
    const top = document.querySelector('dialog[open]') ?? document.body;
    const seen = (element: Element) =>
      element.getClientRects().length > 0 && element.getBoundingClientRect().width > 2;
    // A box is touched by its label, which is as large as its row.
    const touched = (element: Element) =>
      (element.matches('[type="radio"]') && element.closest('label')) || element;
    const all = top.querySelectorAll('a, button, input:not(.choose), select, summary');
    const targets = [...all].filter(seen).map(touched);
    const box = (element: Element) => element.getBoundingClientRect();
    for (const [index, one] of targets.entries()) {
      const { width, height, left, right, top: upper, bottom } = box(one);
      if (Math.min(width, height) < LEAST.target - 0.5)
        found.add(`small: ${one.className} ${Math.round(width)} x ${Math.round(height)}`);
      for (const other of targets.slice(index + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        // What scrolls below the menu, which stays, is not beside it.
        if (one.closest('.side-menu') !== other.closest('.side-menu')) continue;
        const there = box(other);
        const apart = Math.max(
          there.left - right,
          left - there.right,
          there.top - bottom,
          upper - there.bottom,
        );
        if (apart > -1 && apart < LEAST.gap - 0.5)
          found.add(`near: ${one.className} | ${other.className} ${Math.round(apart)}`);
      }
    }
    const texts = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const parent = texts.currentNode.parentElement;
      if (!parent || !texts.currentNode.textContent?.trim() || !seen(parent)) continue;
      if (parent.closest('script, style, noscript, .unseen')) continue;
      const size = parseFloat(getComputedStyle(parent).fontSize);
      if (size < LEAST.text - 0.1) found.add(`text: ${parent.className} ${size}`);
    }
    if (document.documentElement.scrollWidth > innerWidth) found.add('wider than the screen');
    return [...found];
  });

/** Looks at the page in each size. */
async function look(
  page: Page,
  name: string,
  more: (size: (typeof SIZES)[number]) => Promise<void> = async () => {},
): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await page.waitForTimeout(100);
    await shoot(page, `terminal-${name}`);
    expect.soft(await faults(page), `${name} at ${size.width}`).toEqual([]);
    await more(size);
  }
  await page.setViewportSize(SIZES[0]!);
}

/** Where something is, in parts of the screen's height. */
async function height(page: Page, selector: string): Promise<number> {
  const { y } = (await page.locator(selector).first().boundingBox())!;
  return y / page.viewportSize()!.height;
}

test('every screen is for hands', async ({ page, stack }) => {
  test.setTimeout(180_000);
  await stack.startBridge();
  await page.goto('/kiosk');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('请插入法人卡');
  await look(page, 'attract');
  const card = await stack.insert('legal-person');
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  await look(page, 'login', async () => {
    await expect(page.getByRole('button', { name: '确定' })).toBeInViewport({ ratio: 1 });
  });
  await enterPin(page, card.pin);
  await expect(page).toHaveURL(/\/portal$/);
  await look(page, 'portal');

  await page.goto('/manage');
  await look(page, 'manage', async ({ width }) => {
    if (width === 1080) expect(await height(page, '.tile')).toBeGreaterThan(0.4);
  });
  await page.goto('/manage/renew');
  await look(page, 'renew', async ({ width, height: all }) => {
    const whole = await page.locator('tbody tr').evaluateAll(
      (rows, all) => rows.filter((row) => row.getBoundingClientRect().bottom <= all).length,
      all,
    );
    expect(whole).toBeGreaterThanOrEqual(width === 1080 ? 6 : 3);
    if (width === 1080) expect(await height(page, '.side-menu')).toBeGreaterThan(0.9);
  });

  await page.goto('/manage/freeze?name=陈');
  await page.locator('[data-row]').first().click();
  await expect(page.getByRole('button', { name: '冻结' })).toBeVisible();
  await look(page, 'detail', async () => {
    // Without scrolling, and in the lower half.
    await expect(page.getByRole('button', { name: '冻结' })).toBeInViewport({ ratio: 1 });
    expect(await height(page, '.act')).toBeGreaterThan(0.5);
  });
  await page.getByRole('button', { name: '冻结' }).click();
  await expect(dialogOf(page)).toBeVisible();
  await look(page, 'dialog', async ({ width }) => {
    if (width === 1080) expect(await height(page, '.dialog__actions')).toBeGreaterThan(0.7);
  });
  await answer(page, '取消');

  await page.goto('/manage/history');
  await page.locator('[data-row]').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('操作员被操作明细信息');
  await look(page, 'timeline');
});

test('a long name of a company breaks nothing beside it', async ({ page, stack }) => {
  await stack.startBridge();
  await page.goto('/kiosk');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('请插入法人卡');
  const card = await stack.insert('legal-person');
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  await enterPin(page, card.pin);
  await expect(page).toHaveURL(/\/portal$/);
  await page.locator('.top-bar__enterprise').evaluate((element) => {
    element.textContent = '中华人民共和国某某省某某市经济技术开发区国际物流与供应链管理服务有限责任公司甲';
  });
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await shoot(page, 'terminal-long-name');
    const lines = await page.locator('.top-bar__system').evaluate((element) => {
      const { height } = element.getBoundingClientRect();
      return Math.round(height / parseFloat(getComputedStyle(element).lineHeight));
    });
    expect(lines).toBe(1);
    const dot = (await page.locator('.top-bar .card-indicator__dot').boundingBox())!;
    expect(dot.width).toBeCloseTo(dot.height, 0);
    expect(await faults(page)).toEqual([]);
  }
});
