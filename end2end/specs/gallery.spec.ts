// A picture of every page and dialog at a desk and on a terminal, and axe's
// opinion of each. Look at them: target/screenshots/.
import {
  answer,
  because,
  cardOut,
  cardStatus,
  enterPin,
  expect,
  logInLegalPerson,
  logInOperator,
  openLogin,
  openMenu,
  query,
  test,
  unlockPage,
  view,
} from '../support/test.ts';
import { shoot } from '../support/shots.ts';
import { expectNoOtherBridge } from '../support/ports.ts';

test('login', async ({ page, stack }) => {
  await expectNoOtherBridge();
  await openLogin(page, /没有连接到读卡程序/);
  await shoot(page, 'login-no-bridge');
  await stack.startBridge();
  await expect(cardStatus(page)).toContainText('没有检测到IC卡');
  await shoot(page, 'login-no-card');
  await stack.insert('operator-0001');
  await expect(cardStatus(page)).toContainText('已检测到IC卡：陈晓雨');
  await shoot(page, 'login-ready');
  await enterPin(page, '000000');
  await expect(page.getByRole('alert')).toContainText('还可尝试 2 次');
  await shoot(page, 'login-wrong-pin');
  await stack.insert('operator-0007');
  await expect(cardStatus(page)).toContainText('郑书白');
  await enterPin(page, stack.card('operator-0007').pin);
  await expect(page.getByRole('alert')).toContainText('已冻结');
  await shoot(page, 'login-frozen');
  await stack.insert('operator-0010');
  await expect(cardStatus(page)).toContainText('锁定');
  await shoot(page, 'login-blocked');
  await stack.insert('legal-person', { reader: 1 });
  await expect(page.getByText('检测到多张IC卡')).toBeVisible();
  await shoot(page, 'login-two-cards');
});

test('an address that leads nowhere', async ({ page, stack }) => {
  await stack.startBridge();
  const lost = async (name: string) => {
    const response = await page.goto('/nowhere');
    expect(response?.status()).toBe(404);
    await expect(page.getByRole('heading', { level: 1, name: '没有找到这个页面' })).toBeVisible();
    await shoot(page, `not-found-${name}`);
    await page.getByRole('link', { name: '返回首页' }).click();
  };
  await lost('nobody');
  await expect(page).toHaveURL(/\/login$/);
  await logInLegalPerson(page, stack);
  await lost('legal-person');
  await expect(page).toHaveURL(/\/portal$/);
  await page.goto('/nowhere');
  await openMenu(page, '冻结');
  await page.getByRole('button', { name: '退出登录' }).click();
  await logInOperator(page, stack, 'operator-0001');
  await lost('operator');
  await expect(page).toHaveURL(/\/my-card$/);
});

test('the pages of the legal person', async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await shoot(page, 'portal');
  await page.getByRole('main').getByRole('link', { name: 'IC卡自主管理' }).click();
  await expect(page).toHaveURL(/\/manage$/);
  await shoot(page, 'manage');
  for (const [menu, name] of [
    ['延期', 'renew'],
    ['挂失', 'report-loss'],
    ['解挂', 'cancel-loss'],
    ['冻结', 'freeze'],
    ['解冻', 'unfreeze'],
    ['解锁', 'unlock'],
    ['综合查询', 'history'],
  ] as const) {
    await openMenu(page, menu);
    await expect(page.getByRole('table')).toBeVisible();
    await shoot(page, `list-${name}`);
  }
  await openMenu(page, '冻结');
  await query(page, '操作员姓名', '查无此人');
  await expect(page.getByRole('main')).toContainText('没有符合查询条件的操作员卡');
  await shoot(page, 'list-empty');
  await page.getByRole('button', { name: '重置' }).click();
  await query(page, '证件编号', '12-34');
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot(page, 'list-malformed');
  await openMenu(page, '解冻');
  await query(page, '证件编号', stack.operator('0018').id_number);
  await expect(page).toHaveURL(/id=/);
  await shoot(page, 'list-filtered');
  await openMenu(page, '延期');
  await query(page, '操作员姓名', stack.operator('0005').holder_name);
  await view(page, stack.operator('0005').holder_name);
  await shoot(page, 'detail-expired');
  await page.goto('/manage/nothing');
  await shoot(page, 'not-found');
});

test('the dialogs of an act', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge();
  const boss = await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  await shoot(page, 'detail');
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('确认要进行冻结操作吗？');
  await shoot(page, 'act-question');
  await answer(page, '确认');
  await expect(dialog).toContainText(`操作员姓名：${name}`);
  await shoot(page, 'act-statement');
  await stack.pull();
  await expect(cardOut(page)).toContainText('没有插回，将自动退出登录');
  await shoot(page, 'act-no-card');
  await stack.insert('legal-person');
  await expect(cardOut(page).getByLabel('登录密码', { exact: true })).toBeVisible();
  await shoot(page, 'act-pin');
  await unlockPage(page, boss.pin);
  await expect(cardOut(page)).toBeHidden();
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结成功');
  await shoot(page, 'act-done');
  await answer(page, '确认');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('main')).toContainText('已冻结');
  await shoot(page, 'detail-frozen');
});

test('the page of an operator', async ({ page, stack }) => {
  await stack.startBridge();
  await logInOperator(page, stack, 'operator-0003');
  await shoot(page, 'my-card');
  await page.getByRole('button', { name: '修改密码' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await shoot(page, 'change-pin');
});

test('the drawer of the demo', async ({ page, stack }) => {
  await stack.startDemoBridge();
  await page.goto('/login');
  const drawer = page.getByRole('region', { name: '演示读卡器' });
  await drawer.getByRole('button', { name: '演示读卡器' }).click();
  await expect(drawer.getByRole('button', { name: /法人卡/ })).toBeVisible();
  await shoot(page, 'drawer');
});
