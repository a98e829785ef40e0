// 登录, 冻结, 延期 and 解锁 in Firefox, with one reader: what Chromium's tests look at in
// depth is gone through once in the other engine.
import { test as base } from '../support/test.ts';
import type { Stack } from '../support/stack.ts';
import { Firefox } from './firefox.ts';

const test = base.extend<{ firefox: Firefox }>({
  firefox: async ({ stack }, use) => {
    const firefox = await Firefox.start(stack.origin);
    await use(firefox);
    await firefox.end();
  },
});

/** From any page of the legal person's to the signature's last question. */
async function propose(firefox: Firefox, act: string, name: string): Promise<void> {
  await firefox.goto('/manage');
  await firefox.click('link', act, 'nav');
  await firefox.says('h1', act);
  await firefox.view(name);
  await firefox.click('button', act, 'main');
  if (act === '冻结') {
    await firefox.choose('off_duty');
    await firefox.answer('下一步');
  }
  await firefox.asks(`确认要进行${act}操作吗？`);
  await firefox.answer('确认');
  await firefox.asks(`对下列操作员卡进行${act}操作`);
  await firefox.answer('确认');
}

/** How it ended is confirmed; then the legal-person card is put back and its PIN typed. */
async function bringBack(firefox: Firefox, stack: Stack): Promise<void> {
  await firefox.answer('确认');
  await firefox.asks('继续使用');
  const boss = await stack.insert('legal-person');
  await firefox.says('.card-status', boss.holder_name);
  await firefox.fill('登录密码', boss.pin);
  await firefox.answer('确定');
  await firefox.isAnswered();
}

test.beforeEach(async ({ stack, firefox }) => {
  await stack.startBridge(1);
  await firefox.logIn(await stack.insert('legal-person'), '/portal');
});

test('冻结, with the PIN of the login', async ({ stack, firefox }) => {
  const { holder_name: name } = stack.operator('0004');
  await propose(firefox, '冻结', name);
  await firefox.asks('冻结成功');
  await firefox.answer('确认');
  await firefox.isAnswered();
  await firefox.says('main', '已冻结');
});

test('延期: the cards are swapped, and the new certificate logs in', async ({ stack, firefox }) => {
  const card = stack.card('operator-0005');
  await propose(firefox, '延期', card.holder_name);
  await firefox.asks('请您拔掉管理员卡');
  await stack.insert('operator-0005');
  await firefox.asks('延期成功');
  const until = `${new Date().getFullYear() + 10}-`;
  await firefox.asks(`至 ${until}`);
  await bringBack(firefox, stack);
  await firefox.says('main', until);
  await firefox.click('button', '退出登录');
  await firefox.isAt('/login');
  await firefox.logIn(await stack.insert('operator-0005'), '/my-card');
});

test('解锁: the new PIN is set on the card, and logs in', async ({ stack, firefox }) => {
  const card = stack.card('operator-0010');
  await propose(firefox, '解锁', card.holder_name);
  await firefox.asks('请您拔掉管理员卡');
  await stack.insert('operator-0010');
  await firefox.fill('新密码', '246813');
  await firefox.fill('确认新密码', '246813');
  await firefox.answer('确认');
  await firefox.asks('解锁成功');
  await bringBack(firefox, stack);
  await firefox.click('button', '退出登录');
  await firefox.isAt('/login');
  const renewed = await stack.insert('operator-0010');
  await firefox.logIn({ ...renewed, pin: '246813' }, '/my-card');
});
