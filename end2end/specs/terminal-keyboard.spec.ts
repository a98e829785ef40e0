// A terminal has no keyboard but the one on its screen: every field of every query is
// filled by touch alone.
import { shoot } from '../support/shots.ts';
import type { Stack } from '../support/stack.ts';
import { cardStatus, expect, rows, test, type Page } from '../support/test.ts';

const SIZES = [
  { width: 1080, height: 1920 },
  { width: 1920, height: 1080 },
  { width: 1280, height: 1024 },
];

const keyboard = (page: Page) => page.getByRole('region', { name: /^屏幕键盘/ });

/** Types with the keys, by touch. */
async function tap(page: Page, keys: string): Promise<void> {
  for (const key of keys) await keyboard(page).getByRole('button', { name: key, exact: true }).tap();
}

/** The keyboard is there and covers neither its field nor itself beyond the screen. */
async function covers(page: Page, label: string): Promise<void> {
  const field = (await page.getByLabel(label, { exact: true }).boundingBox())!;
  const keys = (await keyboard(page).boundingBox())!;
  expect(field.y).toBeGreaterThanOrEqual(0);
  expect(field.y + field.height, label).toBeLessThanOrEqual(keys.y);
  expect(keys.y + keys.height).toBeLessThanOrEqual(page.viewportSize()!.height + 1);
  const small = await keyboard(page).getByRole('button').evaluateAll((buttons) =>
    buttons
      .map((button) => button.getBoundingClientRect())
      .filter(({ width, height, bottom, left, right }) =>
        Math.min(width, height) < 59.5 || bottom > innerHeight + 1 || left < 0 || right > innerWidth)
      .map(({ width, height }) => `${width} x ${height}`),
  );
  expect(small).toEqual([]);
}

/** The same at every size, with a picture of each. */
async function fits(page: Page, label: string, picture: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true });
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await field.blur();
    await field.tap();
    await covers(page, label);
    await shoot(page, picture);
  }
  await page.setViewportSize(SIZES[0]!);
}

/** The legal person at a terminal, by touch. */
async function logIn(page: Page, stack: Stack): Promise<void> {
  await stack.startBridge();
  const { pin } = await stack.insert('legal-person');
  await page.goto('/kiosk');
  await page.getByRole('link', { name: '用这张卡登录' }).tap();
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  for (const digit of pin) await page.locator('.pin-pad').getByRole('button', { name: digit }).tap();
  await page.getByRole('button', { name: '确定', exact: true }).tap();
  await expect(page).toHaveURL(/\/portal$/);
}

test('every field of a query is filled by touch', async ({ page, stack }) => {
  test.setTimeout(120_000);
  await logIn(page, stack);
  const wanted = stack.operator('0013');

  await page.goto('/manage/freeze');
  await expect(rows(page)).toHaveCount(20);
  const number = page.getByLabel('IC卡号', { exact: true });
  await number.tap();
  await fits(page, 'IC卡号', 'terminal-keyboard-digits');
  await tap(page, '89');
  await keyboard(page).getByRole('button', { name: '删除' }).tap();
  await expect(number).toHaveValue('8');
  await keyboard(page).getByRole('button', { name: '清除' }).tap();
  await tap(page, wanted.card_no ?? '');
  await keyboard(page).getByRole('button', { name: '查询' }).tap();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText(wanted.holder_name);
  await expect(keyboard(page)).toBeHidden();

  await page.goto('/manage/freeze');
  const id = page.getByLabel('证件编号', { exact: true });
  await id.tap();
  await tap(page, wanted.id_number);
  await expect(id).toHaveValue(wanted.id_number);
  await keyboard(page).getByRole('button', { name: '查询' }).tap();
  await expect(rows(page)).toHaveCount(1);

  // Other papers have letters.
  await page.goto('/manage/freeze');
  await id.tap();
  await keyboard(page).getByRole('button', { name: '字母' }).tap();
  await tap(page, 'H');
  await covers(page, '证件编号');
  await shoot(page, 'terminal-keyboard-id-letters');
  await keyboard(page).getByRole('button', { name: '数字' }).tap();
  await tap(page, '123');
  await expect(id).toHaveValue('H123');

  await page.goto('/manage/freeze');
  const name = page.getByLabel('操作员姓名', { exact: true });
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await name.tap();
    await covers(page, '操作员姓名');
    await shoot(page, 'terminal-keyboard-letters');
    await name.blur();
  }
  await page.setViewportSize(SIZES[0]!);
  await name.tap();
  await tap(page, 'ZWM');
  await expect(name).toHaveValue('ZWM');
  await keyboard(page).getByRole('button', { name: '收起键盘' }).tap();
  await expect(keyboard(page)).toBeHidden();
  await expect(name).toHaveValue('ZWM');
});

test('a day is chosen from a calendar, and a desk has none of it', async ({ page, stack }) => {
  test.setTimeout(120_000);
  await logIn(page, stack);
  await page.goto('/manage/history/all');
  const from = page.getByLabel('开始日期', { exact: true });
  await from.tap();
  await fits(page, '开始日期', 'terminal-keyboard-calendar');
  await keyboard(page).getByRole('button', { name: '今天' }).tap();
  const today = await from.inputValue();
  expect(today).toMatch(/^20\d\d-\d\d-\d\d$/);
  await keyboard(page).getByRole('button', { name: '上一年' }).tap();
  await keyboard(page).getByRole('button', { name: /年\d+月1日$/ }).tap();
  const [year, month] = today.split('-');
  await expect(from).toHaveValue(`${Number(year) - 1}-${month}-01`);
  await keyboard(page).getByRole('button', { name: '查询' }).tap();
  await expect(page).toHaveURL(new RegExp(`from=${Number(year) - 1}-${month}-01`));

  // The same browser as a desk.
  await page.goto('/kiosk?leave');
  await page.goto('/manage/history/all');
  await expect(page.locator('html')).not.toHaveAttribute('data-terminal', /./);
  await expect(page.getByRole('link', { name: /导出表格/ })).toBeVisible();
  await from.tap();
  await expect(keyboard(page)).toHaveCount(0);
});

test('the pad shows into which field it types, and no field is one of a password', async ({
  page,
  stack,
}) => {
  await stack.startBridge();
  const card = await stack.insert('operator-0001');
  await page.goto('/kiosk');
  await page.getByRole('link', { name: '用这张卡登录' }).tap();
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  const pin = page.getByLabel('登录密码', { exact: true });
  await expect(pin).toHaveAttribute('inputmode', 'none');
  const pad = (digit: string) => page.locator('.pin-pad').last().getByRole('button', { name: digit });
  await pad('2').tap();
  await expect(pin).toBeFocused();
  await expect(pin).toHaveValue('2');
  // What is hidden by the style is hidden for all that looks.
  await expect(pin).toHaveCSS('-webkit-text-security', 'disc');
  await expect(page.locator('input[type=password]')).toHaveCount(0);
  await pad('清除').tap();
  for (const digit of card.pin) await pad(digit).tap();
  await page.getByRole('button', { name: '确定', exact: true }).tap();
  await expect(page).toHaveURL(/\/my-card$/);
  await page.getByRole('button', { name: '修改密码' }).tap();
  const fields = page.getByRole('dialog').locator('.pin-field__input');
  await expect(fields).toHaveCount(3);
  for (const index of [0, 1, 2, 0]) {
    await fields.nth(index).tap();
    await pad('7').tap();
    await expect(fields.nth(index)).toBeFocused();
    await expect(fields.nth(index)).toHaveValue(/7$/);
  }
  await fields.nth(1).tap();
  await pad('3').tap();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await shoot(page, 'terminal-change-pin');
    await expect(pad('0')).toBeInViewport();
  }
  await expect(page.locator('input[type=password]')).toHaveCount(0);
  // A PIN is copied nowhere.
  const copied = await fields.nth(1).evaluate((input: HTMLInputElement) => {
    input.select();
    return ['copy', 'cut', 'dragstart'].map((kind) => {
      const event = new Event(kind, { cancelable: true, bubbles: true });
      return input.dispatchEvent(event);
    });
  });
  expect(copied).toEqual([false, false, false]);
});
