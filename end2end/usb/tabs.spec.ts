// Who may not have a key, and is told why.
import { cardStatus } from '../support/test.ts';
import { expect, test } from './support.ts';

/** Without a real processor, a page takes this long to live and to read a card. */
const ALIVE = { timeout: 100_000 };

test('a second tab says which tab has the key, and takes it when that is closed', async ({
  page,
  stack,
  key,
}) => {
  const { holder_name } = stack.card('legal-person');
  const one = await key('legal-person', { serial: 'KEY-A' });
  await one.insert();
  await page.goto('/login');
  await expect(cardStatus(page).first()).toContainText(`已检测到IC卡：${holder_name}`, ALIVE);
  const other = await page.context().newPage();
  await other.goto(`${stack.origin}/environment`, { timeout: 60_000, waitUntil: 'commit' });
  await expect(other.getByText('正在被另一个页面使用')).toBeVisible(ALIVE);
  await expect(other.getByText('请关闭页面“登录')).toBeVisible();
  await expect(other.getByText('检测代码 U103')).toBeVisible();
  await page.goto('about:blank');
  await expect(cardStatus(other).first()).toContainText(`已检测到IC卡：${holder_name}`, ALIVE);
  await expect(other.getByText('“USB直连：', { exact: false })).toBeVisible();
  await other.close();
});

test('a key of class 0B is named, with what helps', async ({ page, key }) => {
  const one = await key('legal-person', { serial: 'KEY-0B', class: '0b' });
  await one.insert();
  await page.goto('/login');
  await expect(page.getByText('不能由浏览器直接使用')).toBeVisible(ALIVE);
  await expect(page.getByText('请安装读卡程序后使用')).toBeVisible();
});
