// 延期 and 解锁 as the manual has them: both questions, the signature, the swap
// of the cards, the progress, the message, and the legal-person card's return.
import {
  alive,
  answer,
  cardStatus,
  dialogOf,
  expect,
  logInLegalPerson,
  logInOperator,
  openLogin,
  openMenu,
  rowOf,
  test,
  view,
  type Page,
} from '../support/test.ts';
import type { Stack } from '../support/stack.ts';
import { shoot } from '../support/shots.ts';

/** From the list to the signed statement: the dialog that asks for the swap. */
async function begin(page: Page, act: '延期' | '解锁', name: string): Promise<void> {
  await openMenu(page, act);
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: act, exact: true }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(`确认要进行${act}操作吗？`);
  await answer(page, '确认');
  await expect(dialog).toContainText(`对下列操作员卡进行${act}操作`);
  await answer(page, '确认');
}

const swapSentence = (act: string) =>
  `请您拔掉管理员卡，插入要被操作的卡,点击取消则取消${act}操作！！！`;

/** The manual's 确认 of how it ended; then the legal-person card comes back. */
async function confirmAndBringBack(page: Page, stack: Stack): Promise<void> {
  await expect(dialogOf(page).getByLabel('登录密码', { exact: true })).toHaveCount(0);
  await answer(page, '确认');
  await bringBack(page, stack);
}

/** The legal-person card is put back and its PIN typed. */
async function bringBack(page: Page, stack: Stack): Promise<void> {
  const dialog = dialogOf(page);
  await expect(dialog.getByRole('timer')).toContainText('插回法人卡');
  const boss = await stack.insert('legal-person');
  await expect(cardStatus(page)).toContainText(boss.holder_name);
  await dialog.getByLabel('登录密码', { exact: true }).fill(boss.pin);
  // The page is loaded anew, and shows the card as it is then.
  const loaded = page.waitForEvent('load');
  await dialog.getByRole('button', { name: '确定', exact: true }).click();
  await loaded;
  await expect(dialog).toBeHidden();
}

test('延期: the swap, the progress, the new dates, the return of the legal-person card', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.card('operator-0005');
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  await openMenu(page, '延期');
  await expect(rowOf(page, name)).toContainText('已过期');
  await begin(page, '延期', name);
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(swapSentence('延期'));
  await expect(dialog).toContainText('剩余办理时间');
  await shoot(page, 'renew-swap');
  // 确认 with the old card still in: the manual's reminder, and it waits on.
  await answer(page, '确认');
  await expect(dialog).toContainText('您还没有拔掉管理员卡');
  await shoot(page, 'renew-reminder');
  await stack.pull();
  await expect(dialog).not.toContainText('您还没有拔掉管理员卡');
  await answer(page, '确认');
  await expect(dialog).toContainText('读卡器中没有卡');
  await stack.insert('operator-0005');
  await expect(dialog).toContainText('延期成功');
  await shoot(page, 'renew-done');
  const year = new Date().getFullYear() + 10;
  await expect(dialog).toContainText(`至 ${year}-`);
  await confirmAndBringBack(page, stack);
  await expect(page.getByRole('heading', { level: 1, name: '操作员详细信息' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText(`${year}-`);
  await expect(page.getByRole('main')).not.toContainText('已过期');
  await shoot(page, 'renew-detail');
  // What the register says is what the card can do.
  await page.getByRole('button', { name: '退出登录' }).click();
  await logInOperator(page, stack, 'operator-0005');
  await expect(page.getByRole('main')).toContainText(`${year}-`);
});

test('解锁: the new PIN is typed twice, set on the card, and good for a login', async ({
  page,
  stack,
}) => {
  const card = stack.card('operator-0010');
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  await openMenu(page, '解锁');
  await expect(rowOf(page, card.holder_name)).toContainText('密码已锁定');
  await begin(page, '解锁', card.holder_name);
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(swapSentence('解锁'));
  await stack.insert('operator-0010');
  const first = dialog.getByLabel('新密码', { exact: true });
  const again = dialog.getByLabel('确认新密码', { exact: true });
  await expect(dialog).toContainText(`请操作员 ${card.holder_name} 本人输入新的登录密码`);
  await shoot(page, 'unlock-pin');
  for (const [one, two, says] of [
    ['123456', '123456', '连续的数字'],
    ['121212', '121212', '重复的数字'],
    ['246813', '246814', '不一致'],
  ] as const) {
    await first.fill(one);
    await again.fill(two);
    await answer(page, '确认');
    await expect(dialog.getByRole('alert')).toContainText(says);
  }
  await shoot(page, 'unlock-pin-different');
  // A card that is pulled while its PIN is typed is asked for again.
  await first.fill('246813');
  await stack.pull();
  await expect(first).toHaveCount(0);
  await stack.insert('operator-0010');
  await first.fill('246813');
  await again.fill('246813');
  await answer(page, '确认');
  await expect(dialog).toContainText('解锁成功');
  await shoot(page, 'unlock-done');
  await confirmAndBringBack(page, stack);
  await expect(page.getByRole('main')).not.toContainText('密码已锁定');
  await page.getByRole('button', { name: '退出登录' }).click();
  await stack.insert('operator-0010');
  await openLogin(page);
  await page.getByLabel('登录密码', { exact: true }).fill('246813');
  await page.getByRole('button', { name: '确定', exact: true }).click();
  await expect(page).toHaveURL(/\/my-card$/);
});

test('取消 ends it cleanly, and the session waits for its card', async ({ page, stack }) => {
  const { holder_name: name } = stack.card('operator-0003');
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  await begin(page, '延期', name);
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(swapSentence('延期'));
  for (let times = 0; times < 3; times += 1) {
    await page.keyboard.press('Escape');
    await expect(dialog).toBeVisible();
  }
  await answer(page, '取消');
  await expect(dialog).toContainText('延期操作已取消，卡片没有更改');
  await shoot(page, 'renew-cancelled');
  await bringBack(page, stack);
  await expect(page.getByRole('main')).toContainText('即将过期');
  await expect(page.getByRole('button', { name: '继续办理' })).toHaveCount(0);
});

test('a page that is closed and a card that comes later: the session is locked, then it goes on', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.card('operator-0005');
  await stack.startBridge(1);
  const boss = await logInLegalPerson(page, stack);
  await begin(page, '延期', name);
  await expect(dialogOf(page)).toContainText(swapSentence('延期'));
  await page.goto('/manage/renew');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('系统已锁定');
  await expect(page.getByText(name)).toHaveCount(0);
  await expect(cardStatus(page)).toContainText(boss.holder_name);
  await shoot(page, 'locked');
  const stranger = await stack.insert('operator-0001');
  await expect(cardStatus(page)).toContainText(stranger.holder_name);
  // Nobody is asked to type a PIN into somebody else's card.
  await expect(page.getByRole('main')).toContainText('不是登录时使用的法人卡');
  await expect(page.getByLabel('登录密码', { exact: true })).toHaveCount(0);
  await stack.insert('legal-person');
  await expect(cardStatus(page)).toContainText(boss.holder_name);
  await page.getByLabel('登录密码', { exact: true }).fill(boss.pin);
  await page.getByRole('button', { name: '确定', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: '延期' })).toBeVisible();
  await expect(page.getByText('张卡的延期操作还没有完成')).toContainText(name);
  await shoot(page, 'unfinished');
  await alive(page);
  await page.getByRole('button', { name: '继续办理' }).click();
  await expect(dialogOf(page)).toContainText(swapSentence('延期'));
  await stack.insert('operator-0005');
  await expect(dialogOf(page)).toContainText('延期成功');
  await confirmAndBringBack(page, stack);
  await expect(page.getByText('还没有完成')).toHaveCount(0);
});

test('two readers: nothing is pulled, and other cards are refused by name', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.card('operator-0003');
  await stack.startBridge(2);
  await logInLegalPerson(page, stack);
  await begin(page, '延期', name);
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('不需要拔掉管理员卡');
  const other = await stack.insert('operator-0001', { reader: 1 });
  await expect(dialog.getByRole('alert')).toContainText(
    `读卡器中是操作员 0001（${other.holder_name}）的卡`,
  );
  await shoot(page, 'renew-wrong-card');
  await stack.insert('operator-0901', { reader: 1, register: 'unknown' }).catch(() => undefined);
  await expect(dialog.getByRole('alert')).toContainText('不是本系统发放的卡');
  await stack.insert('operator-0003', { reader: 1 });
  await expect(dialog).toContainText('延期成功');
  // Nobody has to put a card back: the session was never locked.
  await expect(dialog).not.toContainText('插回法人卡');
  await answer(page, '确认');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('main')).toContainText(`${new Date().getFullYear() + 10}-`);
});

test('several cards under one signature, in any order, with a result for each', async ({
  page,
  stack,
}) => {
  const keys = ['operator-0003', 'operator-0005', 'operator-0001'];
  const cards = keys.map((key) => stack.card(key));
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  await openMenu(page, '延期');
  await alive(page);
  for (const { holder_name } of cards) {
    await page.getByRole('checkbox', { name: `选择 ${holder_name}`, exact: true }).check();
  }
  await shoot(page, 'renew-many-list');
  await page.getByRole('button', { name: '延期所选的 3 张卡' }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('确认要进行延期操作吗？');
  await expect(dialog).toContainText('共 3 张操作员卡');
  await shoot(page, 'renew-many-question');
  await answer(page, '确认');
  await expect(dialog).toContainText('对下列 3 张操作员卡进行延期操作');
  await answer(page, '确认');
  await expect(dialog).toContainText(swapSentence('延期'));
  await stack.insert('operator-0005');
  await expect(dialog).toContainText('请插入下一张卡');
  await shoot(page, 'renew-many-next');
  await stack.insert('operator-0001');
  await expect(dialog.locator(".badge--good")).toHaveCount(2);
  await answer(page, '取消');
  await expect(dialog).toContainText('已完成延期 2 张，共 3 张');
  await shoot(page, 'renew-many-done');
  await bringBack(page, stack);
  await expect(page.getByRole('heading', { level: 1, name: '延期' })).toBeVisible();
  await expect(page.getByText('还没有完成')).toHaveCount(0);
});

test('what was signed for is chosen no more', async ({ page, stack }) => {
  const keys = ['operator-0003', 'operator-0001'];
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  await openMenu(page, '延期');
  await alive(page);
  for (const key of keys) {
    const { holder_name } = stack.card(key);
    await page.getByRole('checkbox', { name: `选择 ${holder_name}`, exact: true }).check();
  }
  await page.getByRole('button', { name: '延期所选的 2 张卡' }).click();
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText(swapSentence('延期'));
  await stack.insert('operator-0003');
  await expect(dialogOf(page)).toContainText('请插入下一张卡');
  await stack.insert('operator-0001');
  await expect(dialogOf(page)).toContainText('延期成功');
  await confirmAndBringBack(page, stack);
  await alive(page);
  await expect(page.getByRole('button', { name: '延期所选的 0 张卡' })).toBeVisible();
  await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(0);
});

test('the card is pulled in the middle: its next insertion, anywhere, heals it', async ({
  page,
  browser,
  stack,
}) => {
  const { holder_name: name } = stack.card('operator-0005');
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  await begin(page, '延期', name);
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(swapSentence('延期'));
  // The network is cut in the moment in which the card has been written.
  let ran = 0;
  await page.route('**/api/operations/next', async (route) => {
    const { report } = route.request().postDataJSON() as { report: object | string };
    if (typeof report === 'object' && 'ran' in report) ran += 1;
    // And stays cut: the same report is sent again and again.
    if (ran >= 2) await route.abort();
    else await route.continue();
  });
  await stack.insert('operator-0005');
  await expect(dialog).toContainText('网络中断');
  await shoot(page, 'renew-offline');
  await stack.pull();
  const tab = await page.context().newPage();
  await page.close();
  // At another terminal, nobody logged in: as long as the ticket lives it waits.
  const elsewhere = await browser.newContext({ baseURL: stack.origin });
  const other = await elsewhere.newPage();
  await other.goto('/login');
  await stack.insert('operator-0005');
  await expect(other.getByText('这张卡有一项操作正由法人办理')).toBeVisible();
  await shoot(other, 'healing-waits');
  await stack.pull();
  // The legal person logs out, in another tab: nobody goes on with it any more.
  await tab.goto('/manage/renew');
  await tab.getByRole('button', { name: '退出登录' }).click();
  await expect(tab).toHaveURL(/\/login/);
  await tab.close();
  await stack.insert('operator-0005');
  await expect(other.getByText('上一次没有完成的延期操作，现已自动完成。')).toBeVisible();
  await shoot(other, 'healed');
  // The record does not pass it off as an ordinary success.
  await logInLegalPerson(other, stack);
  await openMenu(other, '综合查询');
  await rowOf(other, name).getByRole('link', { name: '查看' }).click();
  const events = other.getByRole('main').locator('.timeline__event');
  await expect(events.first()).toContainText('再次插入该卡时已自动完成');
  await expect(events.nth(1)).toContainText('已开始');
  await events.nth(1).scrollIntoViewIfNeeded();
  await shoot(other, 'history-healed');
  await elsewhere.close();
});

test('the server and the bridge die in the middle, and the page goes on', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.card('operator-0005');
  await stack.startBridge(1);
  await logInLegalPerson(page, stack);
  await begin(page, '延期', name);
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(swapSentence('延期'));
  await stack.stopServer('SIGKILL');
  await stack.insert('operator-0005');
  await expect(dialog).toContainText('网络中断，正在重新连接');
  // Nothing leads out while nobody knows what the card was told.
  await expect(dialog.getByRole('button', { name: '取消' })).toBeDisabled();
  await stack.startServer();
  await expect(dialog).toContainText('延期成功');
  await confirmAndBringBack(page, stack);

  await begin(page, '延期', stack.card('operator-0003').holder_name);
  await expect(dialog).toContainText(swapSentence('延期'));
  await stack.stopBridge();
  await stack.pull();
  await expect(dialog).toContainText('没有连接到读卡程序');
  await stack.startBridge(1);
  await stack.insert('operator-0003');
  await expect(dialog).toContainText('延期成功');
});

test('a card whose PIN is not blocked is left as it is, and says so', async ({ page, stack }) => {
  const { holder_name: name } = stack.card('operator-0001');
  await stack.startBridge(2);
  await logInLegalPerson(page, stack);
  await begin(page, '解锁', name);
  const dialog = dialogOf(page);
  await stack.insert('operator-0001', { reader: 1 });
  await expect(dialog).toContainText('解锁没有完成');
  await expect(dialog.getByRole('alert')).toContainText('这张卡没有锁定，登录密码还可尝试 3 次');
  await shoot(page, 'unlock-not-blocked');
  await answer(page, '确认');
  await expect(dialog).toBeHidden();
});
