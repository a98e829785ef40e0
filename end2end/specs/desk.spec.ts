// What the desk shows around the acts: what needs somebody, what was just done, and what
// nobody finished.
import { shoot } from '../support/shots.ts';
import {
  alive,
  answer,
  because,
  dialogOf,
  expect,
  logInLegalPerson,
  openMenu,
  rowOf,
  rows,
  test,
  view,
  type Page,
} from '../support/test.ts';

/** An act of the page, up to the swap of the cards. */
async function beginRenewal(page: Page, name: string): Promise<void> {
  await openMenu(page, '延期');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '延期', exact: true }).click();
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText('不需要拔掉管理员卡');
}

test('what needs somebody is counted by the list that it leads to', async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  const number = page.getByRole('link', { name: /证书已过期/ });
  const count = Number((await number.textContent())?.match(/^\d+/)?.[0]);
  expect(count).toBeGreaterThan(0);
  await number.click();
  await expect(page).toHaveURL(/\/manage\/renew\?needs=expired$/);
  await expect(page.getByText('只显示：证书已过期')).toBeVisible();
  await expect(rows(page)).toHaveCount(count);
  for (const row of await rows(page).all()) await expect(row).toContainText('已过期');
  await shoot(page, 'list-needs');
  // It is asked for besides whatever else is.
  await page.getByLabel('操作员姓名', { exact: true }).fill(stack.operator('0005').holder_name);
  await page.getByRole('button', { name: '查询', exact: true }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/needs=expired/);
  await page.getByRole('link', { name: '显示全部' }).click();
  await expect(page).not.toHaveURL(/needs/);
  await page.goto('/manage');
  await expect(page.getByRole('link', { name: /密码已锁定/ })).toBeVisible();
});

test('after an act its success is said, where the focus is, and no refusal', async ({
  page,
  stack,
}) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  const { holder_name: name } = stack.operator('0002');
  await openMenu(page, '冻结');
  await view(page, name);
  await expect(page).toHaveTitle(`${name} · 冻结 · IC卡自主管理`);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText('冻结成功');
  await answer(page, '确认');
  const said = page.getByRole('heading', { level: 2, name: '冻结成功' });
  await expect(said).toBeFocused();
  await expect(page.getByRole('main')).toContainText(`${name}的卡现在的状态为“已冻结”。`);
  await expect(page.getByRole('main')).not.toContainText('现在不能冻结');
  await shoot(page, 'act-strip');
  // The address alone says nothing.
  await page.goto(page.url().replace('done=freeze', 'done=unfreeze'));
  await expect(page.getByRole('heading', { level: 2, name: /成功/ })).toHaveCount(0);
  await page.goBack();
  await page.getByRole('link', { name: '去解冻' }).click();
  await expect(page).toHaveURL(/\/manage\/unfreeze\//);
  await page.goBack();
  await page.getByRole('link', { name: /记录编号/ }).click();
  await expect(page.getByRole('main')).toContainText('法人签名的操作声明');
});

test('what nobody finished is one notice, and can be given up', async ({ page, stack }) => {
  await stack.startBridge(2);
  await logInLegalPerson(page, stack);
  const names = ['operator-0003', 'operator-0001'].map((key) => stack.card(key).holder_name);
  for (const name of names) {
    await beginRenewal(page, name);
    await page.goto('/manage/renew');
  }
  const notice = page.getByRole('group').filter({ hasText: '有 2 项操作还没有完成' });
  await expect(notice).toBeVisible();
  await expect(page.getByText('可以继续办理，也可以放弃')).toHaveCount(2);
  await expect(page.getByRole('button', { name: '放弃' }).first()).toBeHidden();
  await notice.getByText('有 2 项操作还没有完成').click();
  await shoot(page, 'unfinished-several');
  for (const left of ['1 张卡的延期操作还没有完成', undefined]) {
    await alive(page);
    await page.getByRole('button', { name: '放弃' }).first().click();
    const question = page.getByRole('dialog', { name: '确认要放弃吗？' });
    await expect(question.filter({ visible: true })).toContainText('卡片没有更改');
    const loaded = page.waitForEvent('load');
    await question.getByRole('button', { name: '确认', exact: true }).click();
    await loaded;
    if (left) await expect(page.getByText(left)).toBeVisible();
  }
  await expect(page.getByText('还没有完成')).toHaveCount(0);
  await expect(rowOf(page, names[0]!)).toContainText('正常');
});
