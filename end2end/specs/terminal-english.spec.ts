// English at a terminal: chosen by who stands there, and forgotten for the next.
import { shoot } from '../support/shots.ts';
import { expect, test } from '../support/test.ts';

test('a terminal speaks English until its person goes', async ({ page, stack }) => {
  await stack.startBridge();
  await page.goto('/kiosk');
  const title = page.getByRole('heading', { level: 1 });
  await expect(title).toHaveText('请插入法人卡');
  // Whoever reads no Chinese knows what to do, too.
  await expect(page.getByRole('main')).toContainText('Insert the legal-person card');
  await shoot(page, 'kiosk-attract-both');
  await page.getByRole('button', { name: 'English', exact: true }).click();
  await expect(page).toHaveURL(/\/login$/);
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  const card = await stack.insert('legal-person');
  await expect(page.locator('.card-status')).toContainText('An IC card is in the reader:');
  await shoot(page, 'kiosk-english-login');
  await page.getByLabel('PIN', { exact: true }).fill(card.pin);
  await page.getByRole('button', { name: 'OK', exact: true }).click();
  await expect(page).toHaveURL(/\/portal$/);
  await shoot(page, 'kiosk-english-portal');
  await page.goto('/manage/freeze');
  await expect(page.getByRole('heading', { level: 1, name: 'Freeze' })).toBeVisible();
  await shoot(page, 'kiosk-english-list');
  await page.locator('[data-row]').first().click();
  await expect(page.getByTitle('Card reader status')).toContainText(/^IC card:/);
  await shoot(page, 'kiosk-english-card');
  await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('alert')).toContainText('Please take your card');
  await shoot(page, 'kiosk-english-logged-out');
  await stack.pull();
  await expect(page).toHaveURL(/\/kiosk$/);
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(title).toHaveText('请插入法人卡');
});
