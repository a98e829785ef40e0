// 环境检测: each state with its code, found by the page itself, without a reload.
import { shoot } from '../support/shots.ts';
import { alive, expect, logInLegalPerson, test } from '../support/test.ts';
import { expectNoOtherBridge } from '../support/ports.ts';

test('every state of the way to a card has its step, its sentence and its code', async ({
  page,
  stack,
}) => {
  await expectNoOtherBridge();
  await page.goto('/login');
  await page.getByRole('link', { name: '环境检测' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '环境检测' })).toBeVisible();

  const step = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  const says = async (code: string, sentence: string) => {
    await expect(page.getByRole('main')).toContainText(`检测代码 ${code}`);
    await expect(page.getByRole('status').first()).toContainText(sentence);
  };

  await says('E201', '没有连接到读卡程序');
  await expect(step('浏览器权限')).toContainText('正常');
  await expect(step('读卡程序')).toContainText('需要处理');
  await expect(step('读卡器')).toContainText('尚未检测');
  await shoot(page, 'environment-no-bridge');

  await stack.startBridge();
  await says('E501', '没有检测到IC卡');
  await expect(step('智能卡服务')).toContainText('正常');
  await stack.insert('operator-0010');
  await says('E503', '锁定');
  await stack.insert('operator-0001');
  await says('E000', '陈晓雨');
  await expect(page.getByRole('main')).toContainText('可以使用。');
  await shoot(page, 'environment-ready');

  // The report names no person: whoever gets it learns nothing of the card.
  await page.getByText('检测报告').click();
  const report = page.getByRole('textbox', { name: '检测报告' });
  await expect(report).toHaveValue(/检测代码：E000/);
  await expect(report).toHaveValue(/读卡程序版本：\d+\.\d+\.\d+/);
  await expect(report).not.toHaveValue(/陈晓雨|893\d{10}/);
  await page.getByRole('button', { name: '复制报告' }).click();
  await expect(page.getByText(/已复制。|请按 Ctrl\+C 复制/)).toBeVisible();
  await shoot(page, 'environment-report');

  await stack.stopBridge();
  await says('E201', '没有连接到读卡程序');
});

test('a bridge that was installed anew is taken once a person said so, twice', async ({ page, stack }) => {
  await expectNoOtherBridge();
  await stack.startBridge();
  // It is known by whoever logged in with it.
  await logInLegalPerson(page, stack);
  await page.goto('/environment');
  const main = page.getByRole('main');
  await expect(main).toContainText('检测代码 E000');
  await stack.reinstallBridge();
  await expect(main).toContainText('检测代码 E210');
  await expect(page.getByRole('status').first()).toContainText('不是本浏览器以前使用的读卡程序');
  await shoot(page, 'environment-unknown-bridge');
  const anew = page.getByRole('button', { name: '忘记以前的读卡程序' });
  await anew.click();
  await expect(main).toContainText('冒充读卡程序');
  await page.getByRole('button', { name: '取消' }).click();
  await expect(main).toContainText('检测代码 E210');
  await anew.click();
  await page.getByRole('button', { name: '确认，使用新的读卡程序' }).click();
  await expect(main).toContainText('检测代码 E000');
  await expect(anew).toBeHidden();
  // And it is known from then on, also by the next page.
  await page.goto('/portal');
  await alive(page);
});

test('a bridge that was not told to serve this address says so', async ({ page, stack }) => {
  await expectNoOtherBridge();
  await stack.startBridge();
  // The machine's other name: the server does not answer to it, the bridge does not serve it.
  const other = stack.origin.replace('127.0.0.1', 'localhost');
  const answer = await page.goto(`${other}/environment`);
  expect(answer?.status()).toBe(421);
  await expect(page.getByRole('link', { name: stack.origin })).toBeVisible();
});
