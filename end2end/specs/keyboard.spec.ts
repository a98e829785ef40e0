// From the login to a frozen card without a pointer.
import { alive, armed, expect, openLogin, rowOf, rows, test, type Page } from '../support/test.ts';

/** Presses Tab until the wanted element has the focus. */
async function tabTo(page: Page, name: RegExp | string, role: 'link' | 'button'): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: typeof name === 'string' }).first();
  for (let presses = 0; presses < 80; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reaches ${String(name)}`);
}

test('an act by keyboard alone', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge();
  const boss = await stack.insert('legal-person');
  await openLogin(page);
  await expect(page.getByLabel('登录密码', { exact: true })).toBeFocused();
  await page.keyboard.type(boss.pin);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/portal$/);
  await tabTo(page, /^IC卡自主管理$/, 'link');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/manage$/);
  await tabTo(page, '冻结', 'link');
  await page.keyboard.press('Enter');
  await expect(rows(page).first()).toBeVisible();

  await alive(page);
  await page.keyboard.press('/');
  await expect(page.getByLabel('IC卡号', { exact: true })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await tabTo(page, '查看', 'link');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: '操作员详细信息' })).toBeVisible();
  await tabTo(page, '冻结', 'button');
  await page.keyboard.press('Enter');

  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('radio').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(
    page.getByRole('main').getByRole('button', { name: '冻结', exact: true }),
  ).toBeFocused();
  await page.keyboard.press('Enter');
  // Nothing is chosen beforehand.
  await expect(dialog.getByRole('radio').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText('请先选择原因。');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await expect(dialog.getByRole('radio', { name: /^离职/ })).toBeChecked();
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('确认要进行冻结操作吗？');
  await expect(dialog).toContainText('离职');
  const confirm = dialog.getByRole('button', { name: '确认', exact: true });
  await armed(confirm);
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('请再次确认冻结操作');
  await expect(dialog).toContainText(name);
  await tabTo(page, '确认', 'button');
  await armed(confirm);
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('冻结成功');
  await tabTo(page, '确认', 'button');
  await armed(confirm);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('main')).toContainText('已冻结');
});

test('↓ and ↑ walk through the rows', async ({ page, stack }) => {
  await stack.startBridge();
  const boss = await stack.insert('legal-person');
  await openLogin(page);
  await page.keyboard.type(boss.pin);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/portal$/);
  await page.goto('/manage/unfreeze');
  const link = (name: string) => rowOf(page, name).getByRole('link', { name: '查看' });
  await alive(page);
  await page.keyboard.press('ArrowDown');
  await expect(link('郑书白')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(link('许长青')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(link('郑书白')).toBeFocused();
});
