// The product on keys that the page opens itself: nothing is installed, no bridge runs.
import { answer, cardStatus, dialogOf, enterPin, rowOf } from '../support/test.ts';
import type { Stack } from '../support/stack.ts';
import { shoot } from '../support/shots.ts';
import type { Key } from './key.ts';
import { expect, test, type MakeKey, type Page } from './support.ts';

/** Without a real processor, a page takes this long to live and to read a card. */
const ALIVE = { timeout: 100_000 };

/** The legal person logs in with a key in the first socket. */
async function logIn(page: Page, stack: Stack, key: MakeKey): Promise<Key> {
  const { pin, holder_name } = stack.card('legal-person');
  const boss = await key('legal-person', { serial: 'KEY-A' });
  await boss.insert();
  await page.goto('/login');
  await expect(cardStatus(page)).toContainText(`已检测到IC卡：${holder_name}`, ALIVE);
  await enterPin(page, pin);
  await expect(page).toHaveURL(/\/portal$/, { timeout: 60_000 });
  return boss;
}

/** Somebody's details, from the list. */
async function open(page: Page, slug: string, name: string): Promise<void> {
  await page.goto(`/manage/${slug}`);
  // Links work before the page lives.
  await rowOf(page, name).getByRole('link', { name: '查看' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '操作员详细信息' })).toBeVisible();
}

/** Both questions, and the PIN. */
async function sign(page: Page, stack: Stack, act: string): Promise<void> {
  const button = page.getByRole('main').getByRole('button', { name: act, exact: true });
  await expect(button).toBeEnabled(ALIVE);
  await button.click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(`确认要进行${act}操作吗？`);
  await answer(page, '确认');
  await expect(dialog).toContainText(`对下列操作员卡进行${act}操作`, ALIVE);
  await answer(page, '确认');
  await typePin(page, stack);
}

/** Each page opens a key anew, and what was proven before is forgotten with it. */
async function typePin(page: Page, stack: Stack): Promise<void> {
  const dialog = dialogOf(page);
  await dialog.getByLabel('登录密码', { exact: true }).fill(stack.card('legal-person').pin, ALIVE);
  await dialog.getByRole('button', { name: /^(确认|确定)$/ }).click();
}

test('login and 冻结, over a page that is loaded anew', async ({ page, stack, key }) => {
  const { holder_name: name } = stack.operator('0004');
  await logIn(page, stack, key);
  await open(page, 'freeze', name);
  // In the midst of its taking the key.
  await page.reload();
  await sign(page, stack, '冻结');
  await expect(dialogOf(page)).toContainText('冻结成功', ALIVE);
  await shoot(page, 'usb-freeze');
});
