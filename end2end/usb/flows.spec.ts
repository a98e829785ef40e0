// The product on keys that the page opens itself: nothing is installed, no bridge runs.
import { answer, because, cardStatus, dialogOf, enterPin, rowOf } from '../support/test.ts';
import type { Stack } from '../support/stack.ts';
import { shoot } from '../support/shots.ts';
import type { Key } from './key.ts';
import { expect, test, type MakeKey, type Page } from './support.ts';

/** Without a real processor, a page takes this long to live and to read a card. */
const ALIVE = { timeout: 100_000 };

/**
 * After so many commands a key is pulled: while it is looked at, while it proves which card it
 * is, and while its new certificate is written.
 */
const PULLED_AFTER = [3, 6, 8];

/** The legal person logs in with a key in the first socket. */
async function logIn(page: Page, stack: Stack, key: MakeKey): Promise<Key> {
  const { pin, holder_name } = stack.card('legal-person');
  const boss = await key('legal-person', { serial: 'KEY-A' });
  await boss.insert();
  await page.goto('/login');
  await expect(cardStatus(page)).toContainText(`已检测到IC卡：${holder_name}`, ALIVE);
  await enterPin(page, pin);
  await expect(page).toHaveURL(/\/portal$/, { timeout: 60_000 });
  return boss;
}

/** Somebody's details, from the list. */
async function open(page: Page, slug: string, name: string): Promise<void> {
  await page.goto(`/manage/${slug}`);
  // Links work before the page lives.
  await rowOf(page, name).getByRole('link', { name: '查看' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '操作员详细信息' })).toBeVisible();
}

/** Both questions, and the PIN. */
async function sign(page: Page, stack: Stack, act: string): Promise<void> {
  const button = page.getByRole('main').getByRole('button', { name: act, exact: true });
  await expect(button).toBeEnabled(ALIVE);
  await button.click();
  if (act === '冻结') await because(page, '离岗');
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(`确认要进行${act}操作吗？`);
  await answer(page, '确认');
  await expect(dialog).toContainText(`对下列操作员卡进行${act}操作`, ALIVE);
  // Of two keys the legal person's is the one, once both have been read.
  const { holder_name } = stack.card('legal-person');
  await expect(page.getByTitle('读卡器状态')).toContainText(holder_name, ALIVE);
  await answer(page, '确认');
  await typePin(page, stack);
}

/** Each page opens a key anew, and what was proven before is forgotten with it. */
async function typePin(page: Page, stack: Stack): Promise<void> {
  const dialog = dialogOf(page);
  await dialog.getByLabel('登录密码', { exact: true }).fill(stack.card('legal-person').pin, ALIVE);
  await dialog.getByRole('button', { name: /^(确认|确定)$/ }).click();
}

/** A button of the dialog that asks no question. */
async function close(page: Page): Promise<void> {
  await dialogOf(page).getByRole('button', { name: '确认', exact: true }).click();
  await expect(dialogOf(page)).toBeHidden();
}

/** The legal person's key is put back, and its PIN typed. */
async function bringBack(page: Page, stack: Stack, boss: Key): Promise<void> {
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText('继续使用');
  await boss.insert();
  const loaded = page.waitForEvent('load', ALIVE);
  await typePin(page, stack);
  await loaded;
  await expect(dialogOf(page)).toBeHidden();
}

/** Notes how long a step took. */
async function step(what: string, take: () => Promise<void>): Promise<void> {
  const start = Date.now();
  await test.step(what, take);
  console.log(`    ${what}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

test('login, 冻结, 延期 and 解锁 on keys alone', async ({ page, stack, key }) => {
  let boss: Key | undefined;
  await step('login', async () => {
    boss = await logIn(page, stack, key);
  });
  if (!boss) return;
  const legal = boss;

  await step('冻结, on a page that is loaded anew while it takes the key', async () => {
    await open(page, 'freeze', stack.operator('0004').holder_name);
    await page.reload();
    await sign(page, stack, '冻结');
    await expect(dialogOf(page)).toContainText('冻结成功', ALIVE);
    await shoot(page, 'usb-freeze');
    await close(page);
  });

  await step('延期 with the swap of two keys, one pulled at each stage', async () => {
    const { holder_name: name } = stack.card('operator-0005');
    const operator = await key('operator-0005', { serial: 'KEY-B', socket: 1 });
    await open(page, 'renew', name);
    await sign(page, stack, '延期');
    const dialog = dialogOf(page);
    await expect(dialog).toContainText('请您拔掉管理员卡，插入要被操作的卡', ALIVE);
    await legal.pull();
    await answer(page, '确认');
    await expect(dialog).toContainText('读卡器中没有卡');
    // The last of so many commands is carried out, and nobody hears of it.
    for (const commands of PULLED_AFTER) {
      await operator.cut(commands);
      await operator.insert();
      await expect.poll(() => operator.state(), { timeout: 60_000 }).toBe('out');
      await expect(dialog).toContainText('插入');
      await expect(dialog).not.toContainText('成功');
    }
    await shoot(page, 'usb-renew-pulled');
    await operator.insert();
    await expect(dialog).toContainText('延期成功', ALIVE);
    await shoot(page, 'usb-renew');
    await operator.pull();
    await bringBack(page, stack, legal);
    const year = new Date().getFullYear() + 10;
    await expect(page.getByRole('main')).toContainText(`${year}-`);
  });

  await step('解锁 with both keys plugged in, one pulled while the PIN is typed', async () => {
    const card = stack.card('operator-0010');
    const operator = await key('operator-0010', { serial: 'KEY-C', socket: 1 });
    await operator.insert();
    await open(page, 'unlock', card.holder_name);
    await sign(page, stack, '解锁');
    const dialog = dialogOf(page);
    const first = dialog.getByLabel('新密码', { exact: true });
    await first.fill('246813', ALIVE);
    await operator.pull();
    await expect(first).toHaveCount(0);
    await operator.insert();
    await first.fill('246813', ALIVE);
    await dialog.getByLabel('确认新密码', { exact: true }).fill('246813');
    await answer(page, '确认');
    await expect(dialog).toContainText('解锁成功', ALIVE);
    await shoot(page, 'usb-unlock');
  });
});
