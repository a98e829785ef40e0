// How a session ends when nobody ends it: nobody is there, the card is not, or another tab
// said so. Whatever the page shows then is not for who comes next.
import { shoot, snap } from '../support/shots.ts';
import {
  answer,
  because,
  cardOut,
  dialogOf,
  expect,
  logInLegalPerson,
  logOut,
  openMenu,
  rows,
  test,
  unlockPage,
  view,
  type Page,
} from '../support/test.ts';

/** The question before the end. */
const stillThere = (page: Page) => page.getByRole('dialog', { name: '您还在吗？' });

/** What the page shows can't be read. */
const isVeiled = (page: Page) =>
  page.evaluate(() => {
    const shown = document.querySelector('.main') ?? document.body;
    return getComputedStyle(shown).filter.includes('blur');
  });

test('退出登录 says so, and asks for the card until it was taken', async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await logOut(page);
  await expect(page.getByRole('alert')).toContainText('请取走您的卡');
  // The next one is not asked for a PIN of this card.
  await expect(page.getByLabel('登录密码', { exact: true })).toHaveCount(0);
  await shoot(page, 'logged-out');
  await stack.pull();
  await expect(page.getByRole('alert')).toContainText('卡已取出，可以离开');
  await expect(page).toHaveURL(/\/login$/);
  // Somebody else's card leads on at once.
  await logInLegalPerson(page, stack);
  await logOut(page);
  await expect(page.getByRole('alert')).toContainText('请取走您的卡');
  await stack.insert('operator-0001');
  await expect(page).toHaveURL(/\/login$/);
});

test('a card that is taken out locks the page at once, and the session soon', async ({
  page,
  stack,
}) => {
  await stack.startBridge(1);
  const boss = await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  const { holder_name: name, id_number: number } = stack.operator('0001');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '显示' }).click();
  await expect(page.getByRole('main')).toContainText(number);

  await stack.pull();
  await expect(cardOut(page)).toBeVisible();
  expect(await isVeiled(page)).toBe(true);
  await expect(page.getByText(number)).toHaveCount(0);
  await shoot(page, 'card-out');
  // Its dialog is not to be closed.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(cardOut(page)).toBeVisible();

  // A page that is loaded anew shows nothing else either.
  await expect(cardOut(page)).toContainText('没有插回，将自动退出登录');
  await page.reload();
  await expect(page.getByRole('heading', { name: '系统已锁定，等待法人卡' })).toBeVisible();
  await expect(page.getByText(name)).toHaveCount(0);
  await stack.insert('legal-person');
  await page.getByLabel('登录密码', { exact: true }).fill(boss.pin);
  await page.getByRole('button', { name: '确定', exact: true }).click();
  await expect(page.getByRole('main')).toContainText(name);
  expect(await isVeiled(page)).toBe(false);
});

test('a session whose card does not come back is over, in every tab', async ({ page, stack }) => {
  await stack.configure('[session]\ncard_out_seconds = 6');
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  const tab = await page.context().newPage();
  await tab.goto('/manage/freeze');
  await expect(rows(tab).first()).toBeVisible();
  await stack.pull();
  await expect(cardOut(page)).toBeVisible();
  await expect(page).toHaveURL(/\/login\?left=card$/);
  await expect(page.getByRole('main')).toContainText('卡已取出，已自动退出登录');
  await expect(tab).toHaveURL(/\/login\?left=/);
  await page.goBack();
  await expect(page.getByRole('table')).toHaveCount(0);
});

test('nobody is there: it is asked, and then over, whatever a script does', async ({
  page,
  stack,
}) => {
  test.setTimeout(180_000);
  await stack.configure('[session]\nidle_minutes = 1');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, stack.operator('0001').holder_name);
  // A question is open, which itself asks nobody for an answer.
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  await expect(dialogOf(page)).toContainText('确认要进行冻结操作吗？');
  // Clicks that no person did.
  const clicks = (page: Page) =>
    page.evaluate(() => {
      setInterval(() => document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true })), 500);
    });
  await clicks(page);
  // What a person did last is told within twenty seconds, and counts from then.
  await expect(stillThere(page)).toBeVisible({ timeout: 75_000 });
  await expect(stillThere(page)).toContainText(/系统将在 \d+ 秒后自动退出登录/);
  await snap(page, 'still-there');
  await stillThere(page).getByRole('button', { name: '继续使用' }).click();
  await expect(stillThere(page)).toBeHidden();
  // The question is as it was.
  await expect(dialogOf(page)).toContainText('确认要进行冻结操作吗？');
  await expect(stillThere(page)).toBeVisible({ timeout: 75_000 });
  await expect(page).toHaveURL(/\/login\?left=idle$/, { timeout: 40_000 });
  await expect(page.getByRole('main')).toContainText('长时间没有操作，已自动退出登录');
});

test('who does something anywhere keeps the session in every tab', async ({ page, stack }) => {
  test.setTimeout(180_000);
  await stack.configure('[session]\nidle_minutes = 1');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  const tab = await page.context().newPage();
  await tab.goto('/manage/freeze');
  await expect(rows(tab).first()).toBeVisible();
  // Moving about in one page, without a request of its own, for longer than a session.
  for (let second = 0; second < 75; second += 5) {
    await tab.mouse.wheel(0, 10);
    await tab.waitForTimeout(5_000);
    await expect(stillThere(tab)).toBeHidden();
  }
  await expect(stillThere(page)).toBeHidden();
  await expect(page).toHaveURL(/\/portal$/);
});

test('the swap counts to the nearest end, and leads out by itself', async ({ page, stack }) => {
  test.setTimeout(180_000);
  await stack.configure('[operations]\nlock_minutes = 1\nticket_minutes = 2');
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  await openMenu(page, '延期');
  await view(page, stack.card('operator-0003').holder_name);
  await page.getByRole('main').getByRole('button', { name: '延期', exact: true }).click();
  await answer(page, '确认');
  await answer(page, '确认');
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('请您拔掉管理员卡');
  await expect(dialog.getByRole('timer')).toContainText(/剩余办理时间 (\d+ 秒|1 分 00 秒)/);
  await stack.pull();
  // Whoever walks away leaves nothing.
  await expect(page).toHaveURL(/\/login\?left=card$/, { timeout: 90_000 });
});

test('the swap is no reason to lock, and its card is asked for afterwards', async ({
  page,
  stack,
}) => {
  await stack.startBridge(2);
  const boss = await logInLegalPerson(page, stack);
  await openMenu(page, '延期');
  const card = stack.card('operator-0003');
  await view(page, card.holder_name);
  await page.getByRole('main').getByRole('button', { name: '延期', exact: true }).click();
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText('不需要拔掉管理员卡');
  // The manual's habit.
  await stack.pull();
  await expect(dialogOf(page)).toContainText('请将要被操作的卡插入任意一个读卡器');
  await expect(cardOut(page)).toBeHidden();
  await stack.insert('operator-0003');
  await expect(dialogOf(page)).toContainText('延期成功');
  await answer(page, '确认');
  await expect(cardOut(page)).toBeVisible();
  await stack.insert('legal-person', { reader: 1 });
  // Back within the moment that a bad contact takes, or with the PIN.
  await expect(async () => {
    if (await cardOut(page).isVisible()) {
      await unlockPage(page, boss.pin);
    }
    await expect(cardOut(page)).toBeHidden({ timeout: 2_000 });
  }).toPass();
  await expect(page.getByRole('main')).toContainText(card.holder_name);
});
