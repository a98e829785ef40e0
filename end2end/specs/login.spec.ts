// 系统登录: both kinds of card, wrong PINs, and what is wrong with reader or card.
import { shoot } from '../support/shots.ts';
import {
  cardStatus,
  enterPin,
  logOut,
  expect,
  logInLegalPerson,
  logInOperator,
  openLogin,
  openMenu,
  test,
} from '../support/test.ts';
import { expectNoOtherBridge } from '../support/ports.ts';

const MENUS = ['延期', '挂失', '解挂', '冻结', '解冻', '解锁', '综合查询'];

test('the legal person reaches the seven menus from the tile, and logs out', async ({
  page,
  stack,
}) => {
  await stack.startBridge();
  const card = await logInLegalPerson(page, stack);
  await expect(page.getByRole('banner')).toContainText(card.holder_name);
  await expect(page.getByRole('main')).toContainText(stack.demo.enterprise);

  await page.getByRole('main').getByRole('link', { name: 'IC卡自主管理' }).click();
  await expect(page).toHaveURL(/\/manage$/);
  const entries = page.getByRole('navigation', { name: '功能菜单' }).getByRole('link');
  await expect(entries).toHaveText(MENUS);
  for (const menu of MENUS) {
    await openMenu(page, menu);
    await expect(page.getByRole('table')).toBeVisible();
  }

  await logOut(page);
  await page.goto('/manage/freeze');
  await expect(page).toHaveURL(/\/login$/);
});

test('an operator sees the own card only, and changes its PIN', async ({ page, stack }) => {
  await stack.startBridge();
  const card = await logInOperator(page, stack, 'operator-0001');
  await expect(page.getByRole('main')).toContainText(card.card_no);
  await expect(page.getByRole('main')).toContainText('正常');
  await expect(page.getByRole('navigation', { name: '功能菜单' })).toHaveCount(0);
  await page.goto('/manage/freeze');
  await expect(page).toHaveURL(/\/my-card$/);

  const changed = '739104';
  await page.getByRole('button', { name: '修改密码' }).click();
  const dialog = page.getByRole('dialog');
  const field = (name: string) => dialog.getByLabel(name, { exact: true });
  const [old, fresh, again] = [field('原密码'), field('新密码'), field('确认新密码')];
  const confirm = dialog.getByRole('button', { name: '确认', exact: true });
  const typeNew = async (pin: string, repeated = pin) => {
    await fresh.fill(pin);
    await again.fill(repeated);
    await confirm.click();
  };
  await expect(dialog).toContainText('6至8位数字，不能是连续的数字，不能是重复的数字');
  await old.fill('159357');

  // A slip in the new PIN leaves the old one where it is.
  for (const [pin, repeated, says] of [
    [changed, '739105', '两次输入的新密码不一致'],
    ['1234', '1234', '新密码的位数不符合要求'],
    ['123456', '123456', '连续的数字'],
    ['000000', '000000', '重复的数字'],
    ['121212', '121212', '重复的数字'],
  ] as const) {
    await typeNew(pin, repeated);
    await expect(dialog.getByRole('alert')).toContainText(says);
    await expect(old).toHaveValue('159357');
    await expect(fresh).toHaveValue('');
    await expect(again).toHaveValue('');
    await expect(fresh).toBeFocused();
    if (says.startsWith('两次')) await shoot(page, 'change-pin-slip');
  }

  // A wrong PIN leaves the new one.
  await typeNew(changed);
  await expect(dialog.getByRole('alert')).toContainText('密码错误，还可尝试 2 次');
  await expect(old).toHaveValue('');
  await expect(old).toBeFocused();
  await expect(fresh).toHaveValue(changed);
  await expect(again).toHaveValue(changed);

  // Who gives up leaves nothing behind.
  await old.fill(card.pin);
  const fields = await dialog.locator('.pin-field__input').elementHandles();
  await dialog.getByRole('button', { name: '取消', exact: true }).click();
  await expect(dialog).toBeHidden();
  for (const element of fields) {
    expect(await element.evaluate((input: HTMLInputElement) => input.value)).toBe('');
  }

  await page.getByRole('button', { name: '修改密码' }).click();
  await expect(old).toHaveValue('');
  await old.fill(card.pin);
  const used = await dialog.locator('.pin-field__input').elementHandles();
  await typeNew(changed);
  await expect(dialog).toContainText('密码修改成功');
  for (const element of used) {
    expect(await element.evaluate((input: HTMLInputElement) => input.value)).toBe('');
  }
  await page.keyboard.press('Escape');

  await logOut(page);
  await page.getByRole('link', { name: '重新登录' }).click();
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  await enterPin(page, card.pin);
  await expect(page.getByRole('alert')).toContainText('密码错误，还可尝试 2 次');
  await enterPin(page, changed);
  await expect(page).toHaveURL(/\/my-card$/);
});

test('a wrong PIN says how many tries are left, until the card is blocked', async ({
  page,
  stack,
}) => {
  await stack.startBridge();
  const card = await stack.insert('operator-0002');
  await openLogin(page);
  await enterPin(page, '12');
  await expect(page.getByRole('alert')).toContainText('登录密码为6至8位数字');
  await page.getByLabel('登录密码', { exact: true }).clear();
  await enterPin(page, '000000');
  await expect(page.getByRole('alert')).toContainText('密码错误，还可尝试 2 次');
  await enterPin(page, '000000');
  await expect(page.getByRole('alert')).toContainText('密码错误，还可尝试 1 次');
  // The last one takes a hand at the card.
  await enterPin(page, '000000');
  await expect(page.getByRole('alert')).toContainText('读卡程序没有把密码发送给卡片');
  await expect(page.getByRole('alert')).toContainText('请拔出卡片，重新插入同一张卡');
  await stack.pull();
  await stack.insert('operator-0002');
  await expect(cardStatus(page)).toContainText('密码只能再尝试 1 次');
  await enterPin(page, '000000');
  await expect(page.getByRole('alert')).toContainText('卡片已锁定');
  await expect(page.getByRole('alert')).toContainText('请联系本企业法人办理解锁');
  // The right PIN does not help any more.
  await enterPin(page, card.pin);
  await expect(page.getByRole('alert')).toContainText('卡片已锁定');
  await expect(page).toHaveURL(/\/login$/);
});

test('a card that was blocked before says so when it is inserted', async ({ page, stack }) => {
  await stack.startBridge();
  await stack.insert('operator-0010');
  await openLogin(page, /锁定/);
});

test('the page says that the bridge is missing, and goes on when it comes', async ({
  page,
  stack,
}) => {
  await expectNoOtherBridge();
  await openLogin(page, /没有连接到读卡程序/);
  await stack.startBridge();
  await expect(cardStatus(page)).toContainText('没有检测到IC卡');
  const card = await stack.insert('legal-person');
  await expect(cardStatus(page)).toContainText('已检测到IC卡：王远航');
  await stack.stopBridge();
  await expect(cardStatus(page)).toContainText('没有连接到读卡程序');
  await stack.startBridge();
  await expect(cardStatus(page)).toContainText('已检测到IC卡');
  await enterPin(page, card.pin);
  await expect(page).toHaveURL(/\/portal$/);
});

test('cards come and go on the page by themselves', async ({ page, stack }) => {
  await stack.startBridge();
  await openLogin(page, /没有检测到IC卡/);
  await enterPin(page, '258036');
  await expect(page.getByRole('alert')).toContainText('还不能登录，请先按上方的提示操作');
  await stack.insert('legal-person');
  await expect(cardStatus(page)).toContainText('已检测到IC卡：王远航');
  await stack.pull();
  await expect(cardStatus(page)).toContainText('没有检测到IC卡');
  await stack.insert('operator-0001');
  await expect(cardStatus(page)).toContainText('已检测到IC卡：陈晓雨');
});

test('with two cards the page asks which one', async ({ page, stack }) => {
  await stack.startBridge();
  await stack.insert('operator-0001', { reader: 0 });
  const boss = await stack.insert('legal-person', { reader: 1 });
  await page.goto('/login');
  const choice = page.getByRole('group', { name: /检测到多张IC卡/ });
  // The number tells them apart; the name need not.
  const radio = choice.getByRole('radio', { name: /王远航，卡号\d+/ });
  await expect(radio).toBeVisible();
  await expect(choice.getByRole('radio', { checked: true })).toHaveCount(0);
  await enterPin(page, boss.pin);
  await expect(page.getByRole('alert')).toContainText('还不能登录，请先按上方的提示操作');
  await page.getByLabel('登录密码', { exact: true }).clear();
  await radio.check();
  await enterPin(page, boss.pin);
  await expect(page).toHaveURL(/\/portal$/);
});

test('a card that comes into another reader does not take the choice', async ({ page, stack }) => {
  await stack.startBridge();
  const boss = await stack.insert('legal-person', { reader: 1 });
  await openLogin(page, /王远航/);
  const pin = page.getByLabel('登录密码', { exact: true });
  await pin.fill(boss.pin);
  await stack.insert('operator-0001', { reader: 0 });
  const choice = page.getByRole('group', { name: /检测到多张IC卡/ });
  await expect(choice.getByRole('radio', { name: /王远航/ })).toBeChecked();
  await expect(pin).toHaveValue(boss.pin);
  await page.getByRole('button', { name: '确定', exact: true }).click();
  await expect(page).toHaveURL(/\/portal$/);
});

test('退出登录 lets go of the card: the next person finds it unverified', async ({ page, stack }) => {
  await stack.startBridge();
  const boss = await logInLegalPerson(page, stack);
  await page.getByRole('button', { name: '退出登录' }).click();
  await openLogin(page);
  // The card itself says its tries again, which a verified one does not.
  await enterPin(page, '000000');
  await expect(page.getByRole('alert')).toContainText('密码错误，还可尝试 2 次');
  await enterPin(page, boss.pin);
  await expect(page).toHaveURL(/\/portal$/);
});

test('a card of another issuer is told apart before any PIN', async ({ page, stack }) => {
  await stack.startBridge();
  await stack.insert('operator-0901', { register: 'foreign' });
  await page.goto('/login');
  await expect(cardStatus(page)).toContainText('这张卡是由其他机构签发的，不是本系统的卡');
  await expect(page.getByLabel('登录密码', { exact: true })).toBeHidden();
});

const REFUSED = [
  { why: 'unknown', key: 'operator-0901', register: 'unknown', says: '这张IC卡没有在本系统登记' },
  { why: 'frozen', key: 'operator-0007', register: 'main', says: '这张IC卡已冻结，不能登录' },
  { why: 'lost', key: 'operator-0009', register: 'main', says: '这张IC卡已挂失，不能登录' },
  { why: 'expired', key: 'operator-0005', register: 'main', says: '卡内的证书已过期，不能登录' },
] as const;

for (const { why, key, register, says } of REFUSED) {
  test(`a card is refused with its own sentence: ${why}`, async ({ page, stack }) => {
    await stack.startBridge();
    const card = await stack.insert(key, { register });
    await openLogin(page, /IC卡/);
    await enterPin(page, card.pin);
    await expect(page.getByRole('alert')).toContainText(says);
    await expect(page).toHaveURL(/\/login$/);
  });
}
