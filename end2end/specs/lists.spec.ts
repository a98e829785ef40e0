// The lists: default order and state, every field of the query, paging by
// keyset, and an address that holds it all.
import { expect, logInLegalPerson, openMenu, query, rowOf, rows, test, view } from '../support/test.ts';

const PAGE_SIZE = 20;

test.beforeEach(async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
});

test('by default a list has the state of its menu, ordered by 操作员编号', async ({
  page,
  stack,
}) => {
  const lost = stack.demo.operators.filter(({ state }) => state === 'lost');
  const frozen = stack.demo.operators.filter(({ state }) => state === 'frozen');
  await openMenu(page, '解挂');
  await expect(rows(page).locator('th')).toHaveText(lost.map(({ holder_name }) => holder_name));
  await openMenu(page, '解冻');
  await expect(rows(page).locator('th')).toHaveText(frozen.map(({ holder_name }) => holder_name));
  await openMenu(page, '冻结');
  await expect(rows(page)).toHaveCount(PAGE_SIZE);
  const numbers = await rows(page).locator('td:first-child').allTextContents();
  expect(numbers).toEqual([...numbers].sort());
});

test('查询 by each field', async ({ page, stack }) => {
  const wanted = stack.operator('0013');
  await openMenu(page, '延期');
  await query(page, '操作员姓名', wanted.holder_name);
  await expect(rows(page)).toHaveCount(1);
  await expect(rowOf(page, wanted.holder_name)).toBeVisible();
  await page.getByRole('button', { name: '重置' }).click();
  await expect(rows(page)).toHaveCount(PAGE_SIZE);

  await query(page, 'IC卡号', wanted.card_no ?? '');
  await expect(rows(page)).toHaveCount(1);
  await expect(rowOf(page, wanted.holder_name)).toBeVisible();
  await page.getByRole('button', { name: '重置' }).click();
  await expect(rows(page)).toHaveCount(PAGE_SIZE);

  await query(page, '证件编号', wanted.id_number);
  await expect(rows(page)).toHaveCount(1);
  await expect(rowOf(page, wanted.holder_name)).toBeVisible();
  await expect(page).toHaveURL(/[?&]id=/);
  expect(page.url()).not.toContain(wanted.id_number);
  await expect(page.getByRole('main')).not.toContainText(wanted.id_number);
});

test('what finds nothing says so, and leads back', async ({ page }) => {
  await openMenu(page, '冻结');
  await query(page, '操作员姓名', '查无此人');
  await expect(page.getByRole('main')).toContainText('没有符合查询条件的操作员卡');
  await page.getByRole('link', { name: '清除查询条件' }).click();
  await expect(rows(page)).toHaveCount(PAGE_SIZE);
});

test('a malformed 证件编号 is refused before anything is asked', async ({ page }) => {
  await openMenu(page, '冻结');
  await query(page, '证件编号', '12-34');
  await expect(page.getByRole('alert')).toContainText('证件编号应为6至20位字母或数字');
});

test('综合查询 asks by 卡状态, all of them if one likes', async ({ page, stack }) => {
  await openMenu(page, '综合查询');
  await page.getByLabel('卡状态').selectOption({ label: '未制卡' });
  await page.getByRole('button', { name: '查询', exact: true }).click();
  const unmade = stack.demo.operators.filter(({ state }) => state === 'not_issued');
  await expect(rows(page).locator('th')).toHaveText(unmade.map(({ holder_name }) => holder_name));
  await page.getByLabel('卡状态').selectOption({ label: '全部' });
  await page.getByRole('button', { name: '查询', exact: true }).click();
  await expect(page.getByRole('main')).toContainText(`共 ${stack.demo.operators.length} 条`);
});

test('pages follow each other without a gap, and stay in the address', async ({ page, stack }) => {
  const names = () => rows(page).locator('th').allTextContents();
  await openMenu(page, '综合查询');
  await page.getByLabel('卡状态').selectOption({ label: '全部' });
  await page.getByRole('button', { name: '查询', exact: true }).click();
  await expect(page).toHaveURL(/state=all/);
  await expect(rows(page)).toHaveCount(PAGE_SIZE);
  const first = await names();
  await page.getByRole('link', { name: '下一页' }).click();
  await expect(page).toHaveURL(/after=/);
  await expect(rows(page)).toHaveCount(stack.demo.operators.length - PAGE_SIZE);
  const second = await names();
  const everybody = stack.demo.operators.map(({ holder_name }) => holder_name);
  expect([...first, ...second].sort()).toEqual([...everybody].sort());

  await page.reload();
  await expect(rows(page)).toHaveCount(second.length);
  expect(await names()).toEqual(second);
  await page.goBack();
  await expect(rows(page)).toHaveCount(PAGE_SIZE);
  expect(await names()).toEqual(first);
  await page.goForward();
  await expect(rows(page)).toHaveCount(second.length);
  await page.getByRole('link', { name: '上一页' }).click();
  await expect(rows(page)).toHaveCount(PAGE_SIZE);
  expect(await names()).toEqual(first);
});

test('the order is chosen at the headings', async ({ page }) => {
  await openMenu(page, '冻结');
  const numbers = () => rows(page).locator('td:first-child').allTextContents();
  const heading = page.getByRole('columnheader', { name: '操作员编号' });
  await expect(heading).toHaveAttribute('aria-sort', 'ascending');
  await heading.getByRole('link').click();
  await expect(heading).toHaveAttribute('aria-sort', 'descending');
  await expect(page).toHaveURL(/sort=operator_no_desc/);
  const descending = await numbers();
  expect(descending).toEqual([...descending].sort().reverse());
  await page.reload();
  await expect(heading).toHaveAttribute('aria-sort', 'descending');
  expect(await numbers()).toEqual(descending);
});

test('返回 leads back to the very list', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0013');
  await openMenu(page, '冻结');
  await query(page, '操作员姓名', name);
  await expect(rows(page)).toHaveCount(1);
  const address = page.url();
  await view(page, name);
  await page.getByRole('link', { name: '返回' }).click();
  await expect(page).toHaveURL(address);
  await expect(rows(page)).toHaveCount(1);
});

test('综合查询 shows what was done, and no act', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0001');
  await openMenu(page, '综合查询');
  await query(page, '操作员姓名', name);
  await rowOf(page, name).getByRole('link', { name: '查看' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('操作员被操作明细信息');
  for (const act of ['延期', '解锁', '冻结', '挂失']) {
    await expect(page.getByRole('main').getByRole('button', { name: act })).toHaveCount(0);
  }
});
