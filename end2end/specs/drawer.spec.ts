// 演示读卡器: the demo's software cards, inserted and pulled with a click.
import { shoot } from '../support/shots.ts';
import {
  answer,
  cardStatus,
  dialogOf,
  enterPin,
  expect,
  openMenu,
  test,
  view,
  type Locator,
  type Page,
} from '../support/test.ts';

test('cards are inserted and pulled in the drawer of the demo', async ({ page, stack }) => {
  await stack.startDemoBridge();
  await page.goto('/login');
  const drawer = page.getByRole('region', { name: '演示读卡器' });
  await drawer.getByRole('button', { name: '演示读卡器', exact: true }).click();
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

test('with one reader the demo shows the manual: the cards are swapped', async ({
  page,
  stack,
}) => {
  await stack.startDemoBridge();
  await page.goto('/login');
  // A dialog has a drawer of its own.
  const open = async (within: Page | Locator = page) => {
    const drawer = within.getByRole('region', { name: '演示读卡器' });
    const handle = drawer.getByRole('button', { name: '演示读卡器', exact: true });
    if ((await handle.getAttribute('aria-expanded')) !== 'true') await handle.click();
    return drawer;
  };
  let drawer = await open();
  await drawer.getByRole('checkbox', { name: '只用一个读卡器' }).check();
  await expect(drawer.getByRole('radio')).toHaveCount(0);
  await shoot(page, 'drawer-one-reader');
  const boss = stack.card('legal-person');
  await drawer.getByRole('button', { name: new RegExp(boss.label) }).click();
  await expect(cardStatus(page).first()).toContainText('已检测到IC卡');
  await enterPin(page, boss.pin);
  await expect(page).toHaveURL(/\/portal$/);
  const { holder_name: name, label } = stack.card('operator-0005');
  await openMenu(page, '延期');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '延期', exact: true }).click();
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText('请您拔掉管理员卡，插入要被操作的卡');
  drawer = await open(dialogOf(page));
  await drawer.getByRole('button', { name: new RegExp(label) }).click();
  await expect(dialogOf(page)).toContainText('延期成功');
  await answer(page, '确认');
  await shoot(page, 'renew-card-back');
  drawer = await open(dialogOf(page));
  await drawer.getByRole('button', { name: new RegExp(boss.label) }).click();
  await expect(cardStatus(page)).toContainText(boss.holder_name);
  await dialogOf(page).getByLabel('登录密码', { exact: true }).fill(boss.pin);
  await dialogOf(page).getByRole('button', { name: '确定', exact: true }).click();
  await expect(page.getByRole('heading', { level: 2, name: '延期成功' })).toBeFocused();
  // The second reader is there again as soon as somebody wants it.
  drawer = await open();
  await drawer.getByRole('checkbox', { name: '只用一个读卡器' }).uncheck();
  await expect(drawer.getByRole('radio')).toHaveCount(2);
});
