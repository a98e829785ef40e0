// A list at a desk: found by initials, opened by a click, as it is liked, with ticks
// that survive paging, downloaded as it is asked.
import { readFileSync } from 'node:fs';

import { expect, logInLegalPerson, openMenu, query, rowOf, rows, test } from '../support/test.ts';

test.beforeEach(async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
});

test('names are found by their initials, and numbers however they are written', async ({
  page,
  stack,
}) => {
  const { holder_name: name, card_no: number } = stack.operator('0001');
  await openMenu(page, '冻结');
  await query(page, '操作员姓名', 'ＣＸＹ');
  await expect(rowOf(page, name)).toBeVisible();
  await page.getByRole('button', { name: '重置' }).click();
  const wide = [...(number ?? '')].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
  await query(page, 'IC卡号', ` ${wide.join('')} `);
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByLabel('IC卡号', { exact: true })).toHaveValue(number ?? '');
});

test('a click on a row opens it; text that is selected and a box do not', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0001');
  await openMenu(page, '延期');
  const row = rowOf(page, name);
  await expect(page.locator('.table')).toHaveAttribute('data-opens', '');
  const cell = row.locator('td').nth(2);
  const box = await cell.boundingBox();
  if (box === null) {
    throw new Error('the cell is not there');
  }
  await page.mouse.move(box.x + 5, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 60, box.y + box.height / 2);
  await page.mouse.up();
  await row.getByRole('checkbox').check();
  await expect(page).toHaveURL(/\/manage\/renew$/);
  await cell.click();
  await expect(page).toHaveURL(/\/manage\/renew\/[0-9a-f-]+$/);
  await expect(page.getByRole('main')).toContainText(name);
});

test('how a list is liked stays, and nothing moves', async ({ page }) => {
  await openMenu(page, '冻结');
  const heading = page.getByRole('columnheader', { name: '证件编号' });
  await expect(heading).toBeVisible();
  await page.getByText('列与行距').click();
  await page.getByRole('checkbox', { name: '显示 证件编号' }).uncheck();
  await page.getByRole('checkbox', { name: '紧凑' }).check();
  await expect(heading).toBeHidden();
  await page.getByRole('link', { name: '每页 50 行' }).click();
  await expect(page).toHaveURL(/rows=50/);
  await expect(page.getByRole('link', { name: '每页 50 行' })).toHaveAttribute('aria-current', 'true');
  await openMenu(page, '挂失');
  await expect(heading).toBeHidden();
  await expect(page.locator('.table')).toHaveAttribute('data-dense', '');
  await expect(page.getByRole('link', { name: '每页 50 行' })).toHaveAttribute('aria-current', 'true');
  await page.reload();
  const shift = await page.evaluate(
    async () =>
      await new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as unknown as { value: number }[]) {
            sum += entry.value;
          }
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => {
          resolve(sum);
        }, 1500);
      }),
  );
  expect(shift).toBeLessThanOrEqual(0.02);
});

test('ticks survive paging, and end with a page that is loaded anew', async ({ page }) => {
  await openMenu(page, '延期');
  const all = page.getByRole('checkbox', { name: '选择本页全部' });
  await page.getByRole('button', { name: /延期所选的/ }).waitFor();
  const boxes = rows(page).getByRole('checkbox');
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await expect(all).toHaveJSProperty('indeterminate', true);
  await page.getByRole('link', { name: '下一页' }).click();
  await expect(page).toHaveURL(/after=/);
  await expect(page.getByRole('main')).toContainText('已勾选 2 张（其中 2 张在其他页）');
  await boxes.nth(0).check();
  await page.getByRole('button', { name: '延期所选的 3 张卡' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.getByRole('button', { name: '取消', exact: true }).click();
  await page.getByRole('link', { name: '上一页' }).click();
  await expect(boxes.nth(0)).toBeChecked();
  await expect(boxes.nth(1)).toBeChecked();
  await expect(page.getByRole('main')).toContainText('已勾选 3 张（其中 1 张在其他页）');
  await page.reload();
  await expect(page.getByRole('button', { name: '延期所选的 0 张卡' })).toBeDisabled();
  await expect(boxes.nth(0)).not.toBeChecked();
});

test('a list is saved as a workbook and as CSV', async ({ page }) => {
  await openMenu(page, '冻结');
  for (const [link, name, begins] of [
    ['导出Excel（XLSX）', '操作员卡.xlsx', 'PK'],
    ['导出表格（CSV）', '操作员卡.csv', '\ufeff操作员编号'],
  ] as const) {
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: link }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe(name);
    expect(readFileSync(await file.path(), 'utf8').startsWith(begins)).toBe(true);
  }
});

for (const width of [1366, 1093, 480, 320]) {
  test(`操作 is in sight and nothing overflows at ${width} px`, async ({ page }) => {
    await openMenu(page, '延期');
    await page.setViewportSize({ width, height: 800 });
    const link = rows(page).first().getByRole('link', { name: '查看' });
    await expect(link).toBeVisible();
    const box = await link.boundingBox();
    expect((box?.x ?? width) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.goto('/manage/history/all');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
}
