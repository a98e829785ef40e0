// 帮助: at the same place everywhere, and the way back to where one was.
import { shoot } from '../support/shots.ts';
import { expect, logInLegalPerson, openMenu, query, test } from '../support/test.ts';

const SETTINGS = `[help]
telephone = "010-6519 5114"
name = "企业服务中心"
hours = "工作日 8:30–17:30"
windows = "https://ic.example.cn/card-bridge.msi"
deb = "https://ic.example.cn/card-bridge.deb"
rpm = "https://ic.example.cn/card-bridge.rpm"`;

test('who begins without a bridge is told how, and whom to call', async ({ page, stack }) => {
  await stack.configure(SETTINGS);
  await page.goto('/login');
  const [steps] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: '第一次使用？查看安装步骤' }).click(),
  ]);
  await expect(steps).toHaveURL(/\/help#first$/);
  await expect(steps.getByRole('heading', { name: '第一次使用' })).toBeInViewport();
  await expect(steps.getByRole('link', { name: '下载 Linux 版（deb' })).toBeVisible();
  await expect(steps.getByRole('link', { name: '下载 Windows 版' })).toBeHidden();
  await steps.getByText('其他系统').click();
  await expect(steps.getByRole('link', { name: '下载 Windows 版' })).toBeVisible();
  await expect(steps.getByRole('link', { name: /企业服务中心/ })).toHaveAttribute(
    'href',
    'tel:01065195114',
  );
  await shoot(steps, 'help');
});

test('help leads back to where it was asked for, in the same session', async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await query(page, '操作员姓名', stack.operator('0001').holder_name);
  await expect(page).toHaveURL(/name=/);
  const asked = page.url();
  await page.getByRole('navigation', { name: '页面工具' }).getByRole('link', { name: '帮助' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '帮助' })).toBeVisible();
  await expect(page.getByRole('button', { name: '退出登录' })).toBeVisible();
  await page.getByText('操作员忘记了密码怎么办？').click();
  await expect(page.getByText('先连续输错到锁定')).toBeVisible();
  await shoot(page, 'help-session');
  await page.getByRole('link', { name: '返回', exact: true }).click();
  await expect(page).toHaveURL(asked);
});

test('every page without a session has it at the same place', async ({ page, stack }) => {
  await stack.startBridge();
  const places = [];
  for (const path of ['/login', '/environment', '/nowhere', '/help']) {
    await page.goto(path);
    const link = page.getByRole('navigation', { name: '页面工具' }).getByRole('link');
    await expect(link).toBeVisible();
    const box = (await link.boundingBox())!;
    places.push([box.x, box.y]);
  }
  expect(new Set(places.map(String)).size, String(places)).toBe(1);
});
