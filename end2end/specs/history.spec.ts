// 综合查询: every act, by whom, with its verified mark, its page and its proof.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  alive,
  because,
  answer,
  expect,
  logInLegalPerson,
  logInOperator,
  openMenu,
  query,
  rowOf,
  rows,
  test,
  view,
  type Page,
} from '../support/test.ts';
import { program } from '../support/paths.ts';
import { shoot } from '../support/shots.ts';

/** The events of the page. */
const events = (page: Page) => page.getByRole('main').locator('.timeline__event');

/** 冻结 of somebody, signed. */
async function freeze(page: Page, name: string): Promise<void> {
  await openMenu(page, '冻结');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(page.getByRole('dialog')).toContainText('冻结成功');
  await answer(page, '确认');
  // The page is loaded anew, and shows the card as it is then.
  await expect(page.getByRole('main')).toContainText('已冻结');
}

test('the list, a card, an operation, and back to where one came from', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge();
  const boss = await logInLegalPerson(page, stack);
  await freeze(page, name);
  await openMenu(page, '综合查询');
  // The manual's default: 正常, so a card that is frozen now is not there.
  await expect(rowOf(page, name)).toHaveCount(0);
  await page.getByRole('combobox', { name: '卡状态', exact: true }).selectOption('已冻结');
  await query(page, '操作员姓名', name);
  await expect(rows(page)).toHaveCount(1);
  const list = page.url();
  await rowOf(page, name).getByRole('link', { name: '查看' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('操作员被操作明细信息');
  const frozen = events(page).filter({ hasText: '冻结' }).first();
  await expect(frozen).toContainText('成功');
  await expect(frozen).toContainText(`操作人：${boss.holder_name}（法人卡`);
  await expect(async () => {
    await page.reload();
    await expect(frozen).toContainText('已验证', { timeout: 500 });
  }).toPass();
  await shoot(page, 'history-card');
  await page.getByRole('combobox', { name: '操作', exact: true }).selectOption('登录');
  await page.getByRole('button', { name: '查询', exact: true }).click();
  await expect(events(page).filter({ hasText: '冻结' })).toHaveCount(0);
  await page.getByRole('link', { name: '重置' }).click();
  await frozen.getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('操作详细信息');
  const main = page.getByRole('main');
  await expect(main).toContainText('正常 → 已冻结');
  await expect(main).toContainText(`操作员姓名：${name}`);
  await expect(main).toContainText('127.0.0.1');
  await expect(main).toContainText('检查点根哈希');
  await expect(main).toContainText('已验证');
  await shoot(page, 'history-event');
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByText('IC卡自主管理操作回执')).toBeVisible();
  await shoot(page, 'history-receipt');
  await page.emulateMedia({ media: 'screen' });
  await page.getByRole('link', { name: '返回' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('操作员被操作明细信息');
  await page.getByRole('link', { name: '返回' }).click();
  expect(page.url()).toBe(list);
});

test("the legal person's own acts, refusals, and everything of the enterprise", async ({
  page,
  stack,
}) => {
  await stack.startBridge();
  await logInOperator(page, stack, 'operator-0001');
  await page.getByRole('button', { name: '退出登录' }).click();
  await logInLegalPerson(page, stack);
  await openMenu(page, '综合查询');
  await page.getByRole('link', { name: '法人操作记录' }).click();
  await expect(events(page).first()).toContainText('登录');
  await expect(events(page).first()).toContainText('法人卡');
  await shoot(page, 'history-legal-person');
  await page.getByRole('link', { name: '返回' }).click();
  await page.getByRole('link', { name: '全部操作记录' }).click();
  await expect(events(page).filter({ hasText: '陈晓雨' }).first()).toBeVisible();
  await shoot(page, 'history-all');
  await page.getByRole('link', { name: '较早' }).click();
  await expect(page).toHaveURL(/place=/);
  await page.getByRole('link', { name: '较新' }).click();
  await expect(events(page).first()).toBeVisible();
  await page.getByLabel('结束日期', { exact: true }).fill('2000-01-01');
  await page.getByRole('button', { name: '查询', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('没有符合条件的操作记录');
  await shoot(page, 'history-empty');
});

test('a 证件编号 is shown only by 显示, which is an event', async ({ page, stack }) => {
  const { holder_name: name, id_number } = stack.operator('0002');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  await alive(page);
  await expect(page.getByText(id_number)).toHaveCount(0);
  expect(await page.content()).not.toContain(id_number);
  await page.getByRole('button', { name: '显示', exact: true }).click();
  await expect(page.getByText(id_number)).toBeVisible();
  await page.getByRole('button', { name: '隐藏', exact: true }).click();
  await expect(page.getByText(id_number)).toHaveCount(0);
  await openMenu(page, '综合查询');
  await page.getByRole('link', { name: '全部操作记录' }).click();
  await expect(events(page).first()).toContainText('显示证件编号');
  await expect(events(page).first()).toContainText(name);
});

test('what is filtered is exported as a table and as a proof that stands alone', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await freeze(page, name);
  await openMenu(page, '综合查询');
  await page.getByRole('link', { name: '全部操作记录' }).click();
  await page.getByRole('combobox', { name: '操作', exact: true }).selectOption('冻结');
  await page.getByRole('button', { name: '查询', exact: true }).click();
  await alive(page);
  const save = async (link: string): Promise<string> => {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: link }).click();
    return (await download).path();
  };
  const table = readFileSync(await save('导出表格（CSV）'), 'utf8');
  expect(table.startsWith('\ufeff')).toBe(true);
  expect(table.trim().split('\r\n').length).toBeGreaterThan(1);
  expect(table).toContain(name);
  await expect(page.getByText('导出完成').first()).toBeVisible();
  await shoot(page, 'history-exported');
  const proof = await save('导出证明文件');
  const verify = (file: string) =>
    execFileSync(
      program('server'),
      ['--data', stack.data, 'audit', 'verify', '--export', file],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
  expect(() => verify(proof)).not.toThrow();
});
