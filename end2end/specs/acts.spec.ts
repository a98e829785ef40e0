// 挂失, 解挂, 冻结, 解冻 as the manual has them: the questions, the signature,
// the message, and what the lists say afterwards.
import {
  answer,
  because,
  cardOut,
  enterPin,
  expect,
  logInLegalPerson,
  openLogin,
  openMenu,
  query,
  rowOf,
  test,
  unlockPage,
  view,
} from '../support/test.ts';

const ACTS = [
  { act: '挂失', cause: '被盗', operator: '0002', before: '正常', after: '已挂失' },
  { act: '解挂', operator: '0009', before: '已挂失', after: '正常' },
  { act: '冻结', cause: '离岗', operator: '0004', before: '正常', after: '已冻结' },
  { act: '解冻', operator: '0018', before: '已冻结', after: '正常' },
];

for (const { act, cause, operator, before, after } of ACTS) {
  test(`${act}: both questions, the signature, the message, the new state`, async ({
    page,
    stack,
  }) => {
    const { holder_name: name, card_no } = stack.operator(operator);
    await stack.startBridge();
    await logInLegalPerson(page, stack);
    await openMenu(page, act);
    await expect(rowOf(page, name)).toContainText(before);
    await view(page, name);
    await expect(page.getByRole('main')).toContainText(card_no ?? '');
    await page.getByRole('main').getByRole('button', { name: act, exact: true }).click();
    if (cause) {
      await because(page, cause);
    }

    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText(`确认要进行${act}操作吗？`);
    await answer(page, '确认');
    await expect(dialog).toContainText(`请再次确认${act}操作`);
    await expect(dialog).toContainText(`对下列操作员卡进行${act}操作`);
    if (cause) {
      await expect(dialog).toContainText(`原因：${cause}`);
    }
    await expect(dialog).toContainText(`操作员姓名：${name}`);
    // The card stayed in the reader since the login: no PIN again.
    await answer(page, '确认');
    await expect(dialog).toContainText(`${act}成功`);
    await expect(dialog).toContainText(`卡状态：${after}`);
    await answer(page, '确认');

    await expect(dialog).toBeHidden();
    await expect(page.getByRole('heading', { level: 1, name: '操作员详细信息' })).toBeVisible();
    await expect(page.getByRole('main')).toContainText(after);
    if (cause) {
      await expect(page.getByRole('main')).toContainText(`原因：${cause}`);
    }
    await page.getByRole('link', { name: '返回' }).click();
    await expect(page.getByRole('heading', { level: 1, name: act })).toBeVisible();
    await expect(rowOf(page, name)).toHaveCount(0);
    await openMenu(page, '综合查询');
    await page.getByLabel('卡状态').selectOption({ label: after });
    await query(page, '操作员姓名', name);
    await expect(rowOf(page, name)).toContainText(after);
  });
}

test('取消 at either question changes nothing', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0002');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  const freeze = page.getByRole('main').getByRole('button', { name: '冻结', exact: true });
  await freeze.click();
  await answer(page, '取消');
  await expect(page.getByRole('dialog')).toBeHidden();
  await freeze.click();
  await because(page, '离岗');
  await answer(page, '确认');
  await expect(page.getByRole('dialog')).toContainText('请再次确认冻结操作');
  await answer(page, '取消');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.reload();
  await expect(page.getByRole('main')).toContainText('正常');
  await expect(freeze).toBeVisible();
});

test('a card that was pulled is asked for, and for its PIN when it is back', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.operator('0002');
  await stack.startBridge();
  const boss = await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  const dialog = page.getByRole('dialog');
  await answer(page, '确认');
  await expect(dialog).toContainText('请再次确认冻结操作');
  await stack.pull();
  await expect(cardOut(page)).toContainText(`请插回法人卡（${boss.holder_name}）`);
  // Once the session is locked, only the PIN leads back.
  await expect(cardOut(page)).toContainText('没有插回，将自动退出登录');
  await stack.insert('legal-person');
  await unlockPage(page, '000000');
  await expect(cardOut(page)).toContainText('密码错误，还可尝试 2 次');
  await unlockPage(page, boss.pin);
  await expect(cardOut(page)).toBeHidden();
  // The question is as it was left.
  await expect(dialog).toContainText('请再次确认冻结操作');
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结成功');
});

test("another person's card does not sign an act", async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0002');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  await answer(page, '确认');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('请再次确认冻结操作');
  const other = await stack.insert('operator-0001');
  await expect(cardOut(page)).toContainText(`读卡器中是“${other.holder_name}，卡号`);
  // Nobody is asked to type a PIN into somebody else's card.
  await expect(cardOut(page).getByRole('button', { name: '确定', exact: true })).toBeDisabled();
  await expect(page.getByLabel('登录密码', { exact: true })).toHaveCount(0);
  // What is back sooner had a bad contact.
  await expect(cardOut(page)).toContainText('没有插回，将自动退出登录');
  const boss = await stack.insert('legal-person');
  await cardOut(page).getByLabel('登录密码', { exact: true }).fill(boss.pin);
  await stack.insert('operator-0001');
  await expect(page.getByLabel('登录密码', { exact: true })).toHaveCount(0);
  await stack.insert('legal-person');
  await unlockPage(page, boss.pin);
  await expect(cardOut(page)).toBeHidden();
  await answer(page, '取消');
  await page.reload();
  await expect(page.getByRole('main')).toContainText('正常');
});

test('a freeze ends the open session of the operator at the next request', async ({
  page,
  browser,
  stack,
}) => {
  await stack.startBridge();
  const theirs = await browser.newContext({ baseURL: stack.origin });
  const operator = await theirs.newPage();
  const card = await stack.insert('operator-0001');
  await openLogin(operator);
  await enterPin(operator, card.pin);
  await expect(operator).toHaveURL(/\/my-card$/);
  await operator.reload();
  await expect(operator.getByRole('main')).toContainText(card.card_no);
  // The page has read the card again. Pulling a card from under a transaction
  // can leave vpcd's reader unusable for a while.
  await expect(operator.getByTitle('读卡器状态')).toContainText(card.holder_name);

  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, card.holder_name);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(page.getByRole('dialog')).toContainText('冻结成功');

  await operator.reload();
  await expect(operator.getByRole('alert')).toContainText(
    '您的IC卡状态为“已冻结”，系统已退出登录。',
  );
  await expect(operator.getByText(card.card_no)).toHaveCount(0);
  await theirs.close();
});
