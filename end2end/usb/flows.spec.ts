// The product on keys that the page opens itself: nothing is installed, no bridge runs.
import { answer, cardStatus, dialogOf, enterPin, openMenu, view } from '../support/test.ts';
import type { Stack } from '../support/stack.ts';
import { shoot } from '../support/shots.ts';
import type { Key } from './key.ts';
import { expect, test, type MakeKey, type Page } from './support.ts';

/** The legal person logs in with a key in the first socket. */
async function logIn(page: Page, stack: Stack, key: MakeKey): Promise<Key> {
  const { pin, holder_name } = stack.card('legal-person');
  const boss = await key('legal-person', { serial: 'KEY-A' });
  await page.goto('/login');
  await boss.insert();
  await expect(cardStatus(page)).toContainText(`已检测到IC卡：${holder_name}`, { timeout: 100_000 });
  await enterPin(page, pin);
  await expect(page).toHaveURL(/\/portal$/, { timeout: 60_000 });
  return boss;
}

test('login and 冻结', async ({ page, stack, key }) => {
  const boss = stack.card('legal-person');
  const { holder_name: name } = stack.operator('0004');
  await logIn(page, stack, key);
  await shoot(page, 'usb-portal');
  await openMenu(page, '冻结');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('确认要进行冻结操作吗？');
  await answer(page, '确认');
  await expect(dialog).toContainText('请再次确认冻结操作');
  await answer(page, '确认');
  // Each page opens the key anew, and what was proven before is forgotten with it.
  await dialog.getByLabel('登录密码', { exact: true }).fill(boss.pin);
  await shoot(page, 'usb-freeze');
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结成功', { timeout: 60_000 });
});
