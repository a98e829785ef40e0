// 演示读卡器: the demo's software cards, inserted and pulled with a click.
import { cardStatus, enterPin, expect, test } from '../support/test.ts';

test('cards are inserted and pulled in the drawer of the demo', async ({ page, stack }) => {
  await stack.startDemoBridge();
  await page.goto('/login');
  const drawer = page.getByRole('region', { name: '演示读卡器' });
  await drawer.getByRole('button', { name: '演示读卡器' }).click();
  const boss = stack.card('legal-person');
  const card = drawer.getByRole('button', { name: new RegExp(boss.label) });
  await card.click();
  await expect(card).toHaveAttribute('aria-pressed', 'true');
  await expect(cardStatus(page).first()).toContainText('已检测到IC卡');
  await card.click();
  await expect(card).toHaveAttribute('aria-pressed', 'false');
  await expect(cardStatus(page).first()).toContainText('没有检测到IC卡');
  await card.click();
  await enterPin(page, boss.pin);
  await expect(page).toHaveURL(/\/portal$/);
});

test('the drawer is not there with ordinary readers', async ({ page, stack }) => {
  await stack.startBridge();
  await page.goto('/login');
  await expect(cardStatus(page)).toContainText('没有检测到IC卡');
  await expect(page.getByRole('region', { name: '演示读卡器' })).toHaveCount(0);
});
