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
  await page.goto('/login');
  await boss.insert();
  await expect(cardStatus(page)).toContainText(`已检测到IC卡：${holder_name}`, ALIVE);
  await enterPin(page, pin);
  await expect(page).toHaveURL(/\/portal$/, { timeout: 60_000 });
  return boss;
}

/** Somebody's details, from the list, and the first question of the act. */
async function begin(page: Page, slug: string, act: string, name: string): Promise<void> {
  await page.goto(`/manage/${slug}`);
  // Links work before the page lives.
  await rowOf(page, name).getByRole('link', { name: '查看' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '操作员详细信息' })).toBeVisible();
  const button = page.getByRole('main').getByRole('button', { name: act, exact: true });
  await expect(button).toBeEnabled(ALIVE);
  await button.click();
  await expect(dialogOf(page)).toContainText(`确认要进行${act}操作吗？`);
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText(`对下列操作员卡进行${act}操作`);
  await answer(page, '确认');
}

/** Each page opens a key anew, and what was proven before is forgotten with it. */
async function typePin(page: Page, stack: Stack): Promise<void> {
  const field = dialogOf(page).getByLabel('登录密码', { exact: true });
  await field.fill(stack.card('legal-person').pin, ALIVE);
  await answer(page, '确认');
}

test('login and 冻结', async ({ page, stack, key }) => {
  const { holder_name: name } = stack.operator('0004');
  await logIn(page, stack, key);
  await begin(page, 'freeze', '冻结', name);
  await typePin(page, stack);
  await expect(dialogOf(page)).toContainText('冻结成功', ALIVE);
  await shoot(page, 'usb-freeze');
});
