// `test` with the stack, and the steps that many tests share.
import { test as base, expect, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { Stack, type Card } from './stack.ts';

interface Fixtures {
  stack: Stack;
  /** What pages tried against their policy. Unless a test takes it, there may be nothing. */
  violations: string[];
}

export { expect };
export type { Locator, Page };

export const test = base.extend<Fixtures>({
  stack: async ({}, use, info) => {
    const stack = await Stack.raise();
    await use(stack);
    const said = await stack.strike();
    if (info.status !== info.expectedStatus) {
      await info.attach('stack.log', { body: said, contentType: 'text/plain' });
      console.log(said);
    }
  },
  violations: async ({}, use) => {
    const violations: string[] = [];
    await use(violations);
    expect(violations, 'against the policy of the page').toEqual([]);
  },
  context: async ({ context, violations }, use) => {
    await watchPolicy(context, violations);
    await use(context);
  },
  baseURL: async ({ stack }, use) => use(stack.origin),
});

/** Notes what the context's pages try against their policy. */
export async function watchPolicy(context: BrowserContext, violations: string[]): Promise<void> {
  await context.exposeBinding('__violation', (_source, what: string) => violations.push(what));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const { effectiveDirective, blockedURI, sample } = event as SecurityPolicyViolationEvent;
      const note = (window as unknown as { __violation: (what: string) => void }).__violation;
      note([effectiveDirective, blockedURI, sample].join(' ').trim());
    });
  });
}

/** The live status of reader and card on the page. */
export const cardStatus = (page: Page) => page.locator('.card-status');

/** Waits until wasm has taken over the page and the card in the reader has been read. */
export async function alive(page: Page): Promise<void> {
  await expect(page.getByTitle('读卡器状态')).toContainText(/^IC卡：/);
}

/** The legal person at a terminal, by touch, in the menus. */
export async function logInAtTerminal(page: Page, stack: Stack): Promise<void> {
  await stack.startBridge();
  const { pin } = await stack.insert('legal-person');
  await page.goto('/kiosk');
  await page.getByRole('link', { name: '用这张卡登录' }).tap();
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  for (const digit of pin) {
    await page.locator('.pin-pad').getByRole('button', { name: digit }).tap();
  }
  await page.getByRole('button', { name: '确定', exact: true }).tap();
  await page.getByRole('link', { name: 'IC卡自主管理', exact: true }).first().tap();
}

/** Opens the login page and waits until the card in the reader has been read. */
export async function openLogin(page: Page, says: RegExp = /已检测到IC卡：/): Promise<void> {
  await page.goto('/login');
  await expect(cardStatus(page)).toContainText(says);
}

/** Types a PIN and clicks 确定. */
export async function enterPin(page: Page, pin: string): Promise<void> {
  await page.getByLabel('登录密码', { exact: true }).fill(pin);
  await page.getByRole('button', { name: '确定', exact: true }).click();
}

/** The legal person logs in, with the card in the first reader. */
export async function logInLegalPerson(page: Page, stack: Stack): Promise<Card> {
  const card = await stack.insert('legal-person');
  await openLogin(page);
  await enterPin(page, card.pin);
  await expect(page).toHaveURL(/\/portal$/);
  return card;
}

/** Logs out, and is told so. The card stays in. */
export async function logOut(page: Page): Promise<void> {
  await page.getByRole('banner').getByRole('button', { name: '退出登录' }).click();
  await expect(page).toHaveURL(/\/login\?left=logout$/);
  await expect(page.getByRole('main')).toContainText('已安全退出');
}

/** The dialog over a page whose card was taken out. */
export const cardOut = (page: Page) => page.getByRole('dialog', { name: '卡已取出，系统已锁定' });

/** The card is back: its PIN unlocks the page. */
export async function unlockPage(page: Page, pin: string): Promise<void> {
  await cardOut(page).getByLabel('登录密码', { exact: true }).fill(pin);
  await cardOut(page).getByRole('button', { name: '确定', exact: true }).click();
}

/** An operator logs in, with the card in the first reader. */
export async function logInOperator(page: Page, stack: Stack, key: string): Promise<Card> {
  const card = await stack.insert(key);
  await openLogin(page);
  await enterPin(page, card.pin);
  await expect(page).toHaveURL(/\/my-card$/);
  return card;
}

/** From the main page over the tile to a menu's list. */
export async function openMenu(page: Page, menu: string): Promise<void> {
  const entry = page.getByRole('navigation', { name: '功能菜单' }).getByRole('link', { name: menu });
  const tile = page.getByRole('link', { name: 'IC卡自主管理', exact: true }).first();
  // A page that is being loaded has neither yet.
  await expect(entry.or(tile).first()).toBeVisible();
  if (!(await entry.isVisible())) {
    await tile.click();
    await expect(page).toHaveURL(/\/manage$/);
  }
  await entry.click();
  await expect(page.getByRole('heading', { level: 1, name: menu })).toBeVisible();
}

/** The rows of the list, without its heading. */
export const rows = (page: Page) => page.getByRole('table').locator('tbody tr');

/** The row of one person. */
export const rowOf = (page: Page, name: string) => rows(page).filter({ hasText: name });

/** Fills one field of the query and clicks 查询. */
export async function query(page: Page, field: string, value: string): Promise<void> {
  await page.getByLabel(field, { exact: true }).fill(value);
  await page.getByRole('button', { name: '查询', exact: true }).click();
}

/** Opens somebody's details from the list. */
export async function view(page: Page, name: string): Promise<void> {
  await rowOf(page, name).getByRole('link', { name: '查看' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '操作员详细信息' })).toBeVisible();
}

/** Waits for a button of a dialog that has just appeared, as a person who reads does. */
export async function armed(button: Locator): Promise<void> {
  await expect(button).not.toHaveAttribute('aria-disabled', 'true');
}

/** The dialog that is open. */
export const dialogOf = (page: Page) => page.getByRole('dialog');

/** Chooses why, before the questions of 挂失 and 冻结. */
export async function because(page: Page, cause: string): Promise<void> {
  const dialog = dialogOf(page);
  await dialog.getByRole('radio', { name: new RegExp(`^${cause}`) }).check();
  await dialog.getByRole('button', { name: '下一步', exact: true }).click();
}

/** Answers a dialog. */
export async function answer(page: Page, button: '确认' | '取消'): Promise<void> {
  const wanted = dialogOf(page).getByRole('button', { name: button, exact: true });
  await armed(wanted);
  await wanted.click();
}
