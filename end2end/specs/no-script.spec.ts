// What the server renders is readable before wasm arrives, and without it.
import { expect, logInLegalPerson, query, rows, test } from '../support/test.ts';

test('login page, lists and details without JavaScript', async ({ page, browser, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  const plain = await browser.newContext({
    baseURL: stack.origin,
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
  });
  const reader = await plain.newPage();
  await reader.goto('/manage/freeze');
  await expect(reader.getByRole('heading', { level: 1, name: '冻结' })).toBeVisible();
  await expect(rows(reader)).toHaveCount(20);
  await reader.getByRole('link', { name: '下一页' }).click();
  await expect(rows(reader)).not.toHaveCount(20);

  const wanted = stack.operator('0013');
  await reader.goto('/manage/renew');
  await query(reader, '证件编号', wanted.id_number);
  await expect(rows(reader)).toHaveCount(1);
  expect(reader.url()).not.toContain(wanted.id_number);
  await reader.getByRole('link', { name: '查看' }).click();
  await expect(reader.getByRole('main')).toContainText(wanted.card_no ?? '');

  await reader.getByRole('button', { name: '退出登录' }).click();
  await expect(reader).toHaveURL(/\/login\?left=logout$/);
  await expect(reader.getByRole('main')).toContainText('已安全退出');
  await reader.getByRole('link', { name: '重新登录' }).click();
  await expect(reader.getByLabel('登录密码', { exact: true })).toBeVisible();
  await expect(reader.getByRole('button', { name: '确定', exact: true })).toBeVisible();
  await plain.close();
});
