// A page that was left open while something happened elsewhere: when one comes
// back to it, it says so.
import { shoot } from '../support/shots.ts';
import {
  alive,
  because,
  answer,
  expect,
  logInLegalPerson,
  logInOperator,
  openMenu,
  rowOf,
  test,
  view,
  type Page,
} from '../support/test.ts';

const notice = (page: Page) => page.locator('.outdated');
const CHANGED = '本页显示的内容已有变化';

/** What the browser tells a tab that is shown again. */
async function show(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
}

/** The same; resolves when the page has asked. */
async function comeBack(page: Page): Promise<void> {
  const asked = page.waitForResponse(page.url());
  await show(page);
  await (await asked).finished();
  // It compares what it got in the next frames.
  await page.waitForTimeout(200);
}

test('a list and a card that changed in another tab say so, and only then', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  const list = await page.context().newPage();
  await list.goto(page.url());
  await alive(list);
  await view(page, name);
  const card = await page.context().newPage();
  await card.goto(page.url());
  await alive(card);

  for (const open of [list, card]) {
    await comeBack(open);
    await expect(notice(open)).toBeEmpty();
  }

  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(page.getByRole('dialog')).toContainText('冻结成功');
  await answer(page, '确认');

  for (const open of [list, card]) {
    await comeBack(open);
    await expect(notice(open)).toContainText(CHANGED);
  }
  await shoot(list, 'outdated-list');
  await shoot(card, 'outdated-card');
  await notice(list).getByRole('link', { name: '刷新页面' }).click();
  await expect(rowOf(list, name)).toHaveCount(0);
  await expect(notice(list)).toBeEmpty();
  await notice(card).getByRole('button', { name: '关闭' }).click();
  await expect(notice(card)).toBeEmpty();
  await card.reload();
  await expect(card.getByRole('main')).toContainText('已冻结');

  // What the page itself did, it shows already.
  await comeBack(page);
  await expect(notice(page)).toBeEmpty();

  // A server that is away for a moment changed nothing.
  await alive(card);
  await stack.stopServer();
  await show(card);
  await expect(notice(card)).toBeEmpty();
  await stack.startServer();

  // Who left in another tab is not shown anything any more.
  await page.getByRole('button', { name: '退出登录' }).click();
  await expect(page).toHaveURL(/\/login\?left=logout$/);
  await expect(card).toHaveURL(/\/login\?left=logout$/);
});

test("that the card in the reader was read is no change of its holder's page", async ({
  page,
  stack,
}) => {
  await stack.startBridge();
  await logInOperator(page, stack, 'operator-0001');
  await alive(page);
  await expect(page.getByRole('main')).toContainText('尚无记录');
  // Since the login the PIN is verified; a card that is new in the reader says
  // its tries.
  const told = page.waitForResponse(/insertions\/seen$/);
  await stack.insert('operator-0001');
  await (await told).finished();
  await comeBack(page);
  await expect(notice(page)).toBeEmpty();
  await page.reload();
  await expect(page.getByRole('main')).toContainText('还可尝试 3 次');
});
