// A terminal: it starts and ends at the attract screen, by the card and by itself.
import { shoot, snap } from '../support/shots.ts';
import type { Stack } from '../support/stack.ts';
import {
  cardOut,
  cardStatus,
  enterPin,
  expect,
  logOut,
  test,
  type Page,
} from '../support/test.ts';

const title = (page: Page) => page.getByRole('heading', { level: 1 });

/** The terminal as it stands there when nobody is at it. */
async function attract(page: Page): Promise<void> {
  let knowsReaders = false;
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      knowsReaders ||= payload.toString().includes('"readers"');
    });
  });
  await page.goto('/kiosk');
  // A card that comes before the page knows the readers counts as left behind.
  await expect.poll(() => knowsReaders).toBe(true);
  await expect(page.locator('html')).toHaveAttribute('data-terminal', 'kiosk');
  await expect(title(page)).toHaveText('请插入法人卡');
}

/** The legal person's card comes to a terminal that nobody is at, and logs in. */
async function logInHere(page: Page, stack: Stack): Promise<void> {
  await stack.startBridge();
  await attract(page);
  const { pin } = await stack.insert('legal-person');
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  await enterPin(page, pin);
  await expect(page).toHaveURL(/\/portal$/);
}

test('a card leads in, and taking it leads out', async ({ page, stack }) => {
  await stack.startBridge();
  await attract(page);
  await shoot(page, 'kiosk-attract');
  const card = await stack.insert('legal-person');
  await expect(page).toHaveURL(/\/login$/);
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  // Turned around: it may go on.
  await stack.pull();
  await expect(page.getByText('IC卡已取出')).toBeVisible();
  await stack.insert('legal-person');
  await expect(page.getByText('IC卡已取出')).toBeHidden();
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  await stack.pull();
  await expect(page).toHaveURL(/\/kiosk$/);
  await expect(title(page)).toHaveText('请插入法人卡');

  await stack.insert('legal-person');
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  await enterPin(page, card.pin);
  await expect(page).toHaveURL(/\/portal$/);
  await expect(page.locator('html')).toHaveAttribute('data-terminal', 'kiosk');
  await logOut(page);
  await expect(page.getByRole('alert')).toContainText('请取走您的卡');
  await shoot(page, 'kiosk-logged-out');
  await stack.pull();
  await expect(page).toHaveURL(/\/kiosk$/);
});

test('a session ends with its card, and the attract screen is there for the next', async ({
  page,
  stack,
}) => {
  await stack.configure('[session]\nterminal_card_out_seconds = 6');
  await logInHere(page, stack);
  await expect(page.getByTitle('读卡器状态')).toContainText(/^IC卡：/);
  await stack.pull();
  await expect(cardOut(page)).toBeVisible();
  await snap(page, 'kiosk-card-out');
  await expect(page).toHaveURL(/\/login\?left=card$/);
  await expect(page).toHaveURL(/\/kiosk$/);
});

test('a session ends when nobody is there', async ({ page, stack }) => {
  test.setTimeout(120_000);
  await stack.configure('[session]\nterminal_idle_seconds = 30');
  await logInHere(page, stack);
  await expect(page.getByRole('dialog', { name: '您还在吗？' })).toBeVisible({ timeout: 40_000 });
  await snap(page, 'kiosk-still-there');
  await expect(page).toHaveURL(/\/login\?left=idle$/);
  // The card is still in: the next person is not to find it.
  await expect(page.getByRole('alert')).toContainText('请取走您的卡');
  await stack.pull();
  await expect(page).toHaveURL(/\/kiosk$/);
});

test('a card that was left in leads nowhere by itself', async ({ page, stack }) => {
  await stack.startBridge();
  await stack.insert('legal-person');
  await page.goto('/kiosk');
  await expect(title(page)).toHaveText('请取走您的卡');
  await shoot(page, 'kiosk-card-left');
  await page.waitForTimeout(1500);
  await expect(page).toHaveURL(/\/kiosk$/);
  await page.getByRole('link', { name: '用这张卡登录' }).click();
  await expect(page).toHaveURL(/\/login$/);
});

test('who walks away from the login finds the attract screen again', async ({ page, stack }) => {
  await stack.startBridge();
  await stack.insert('legal-person');
  await page.clock.install();
  await page.goto('/kiosk');
  for (const path of ['/login', '/environment', '/there-is-no-such-page']) {
    await page.goto(path);
    // Islands live once the last of them does.
    await expect(page.locator('.back-to-start')).toBeAttached();
    await page.waitForFunction(() => document.readyState === 'complete');
    if (path === '/login') await expect(cardStatus(page)).toContainText('已检测到IC卡');
    await expect(async () => {
      // It is there for a quarter of a minute: in steps that none of which leads past it.
      await page.clock.runFor(3_000);
      await expect(page.getByRole('button', { name: '继续使用' })).toBeVisible({ timeout: 300 });
    }).toPass();
    if (path === '/login') {
      await shoot(page, 'kiosk-login-idle');
      // Any touch keeps it.
      await page.getByRole('button', { name: '继续使用' }).click();
      await page.clock.runFor(30_000);
      await expect(page.getByRole('button', { name: '继续使用' })).toBeHidden();
    }
    await page.clock.runFor(61_000);
    await expect(page).toHaveURL(/\/kiosk$/);
  }
});

test('without a bridge the terminal says that it is out of order, and recovers', async ({
  page,
  stack,
}) => {
  await page.goto('/kiosk');
  await expect(title(page)).toHaveText('本终端暂时不能读卡');
  await shoot(page, 'kiosk-out-of-order');
  await stack.startBridge();
  await expect(title(page)).toHaveText('请插入法人卡');
  await stack.insert('operator-0001');
  await expect(page).toHaveURL(/\/login$/);
});
