// What assistive technology is told of the main pages and dialogs, see `support/told.ts`.
import { expectTold } from '../support/told.ts';
import {
  alive,
  answer,
  because,
  cardStatus,
  dialogOf,
  expect,
  logInLegalPerson,
  logInOperator,
  test,
  view,
} from '../support/test.ts';

test('login, 环境检测, 帮助, an address that is none', async ({ page, stack }) => {
  await stack.startBridge();
  await stack.insert('operator-0001');
  await page.goto('/login');
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  await expectTold(page, 'login');
  await page.goto('/environment');
  await expect(page.getByRole('main')).toContainText('可以使用。');
  await expectTold(page, 'environment');
  await page.goto('/help');
  await expectTold(page, 'help');
  await page.goto('/nowhere');
  await expectTold(page, 'not-found');
});

test('the pages of the legal person, and the dialogs of an act', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  for (const [path, called] of [
    ['/portal', 'portal'],
    ['/manage', 'manage'],
    [`/manage/renew?name=${name}`, 'list'],
    [`/manage/history?name=${name}`, 'history'],
    ['/manage/history/all', 'events'],
  ] as const) {
    await page.goto(path);
    await alive(page);
    await expectTold(page, called);
  }
  await page.goto(`/manage/freeze?name=${name}`);
  await view(page, name);
  await alive(page);
  await expectTold(page, 'card');
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  const dialog = dialogOf(page);
  await expect(dialog.getByRole('radio').first()).toBeFocused();
  await expectTold(page, 'cause');
  await because(page, '离岗');
  await expect(dialog).toContainText('确认要进行冻结操作吗？');
  await expectTold(page, 'question');
  await answer(page, '确认');
  await expect(dialog).toContainText(`操作员姓名：${name}`);
  await expectTold(page, 'statement');
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结成功');
  await expectTold(page, 'success');
  await answer(page, '确认');
  await expect(dialog).toBeHidden();
  await page.goto('/manage/history/all');
  await page.locator('[data-row]').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('操作详细信息');
  await alive(page);
  await expectTold(page, 'event');
});

test('the own card of an operator', async ({ page, stack }) => {
  await stack.startBridge();
  await logInOperator(page, stack, 'operator-0003');
  await alive(page);
  await expectTold(page, 'my-card');
  await page.getByRole('button', { name: '修改密码' }).click();
  await expect(dialogOf(page)).toBeVisible();
  await expectTold(page, 'change-pin');
});
