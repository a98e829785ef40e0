// Why a card is reported lost or frozen: chosen before the questions, read before it is
// signed, and shown afterwards; and one signature over several cards.
import { shoot } from '../support/shots.ts';
import {
  answer,
  because,
  dialogOf,
  expect,
  logInLegalPerson,
  openMenu,
  rowOf,
  test,
  view,
} from '../support/test.ts';

test('the words of 其他 stand in the statement, on the card and in the record', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  const dialog = dialogOf(page);
  const next = dialog.getByRole('button', { name: '下一步', exact: true });
  await expect(dialog.getByRole('heading', { name: '请选择冻结原因' })).toBeVisible();
  await expect(dialog.getByRole('radio')).toHaveCount(3);
  await expect(dialog.getByRole('radio', { checked: true })).toHaveCount(0);
  await shoot(page, 'act-cause');
  await next.click();
  await expect(dialog.getByRole('alert')).toHaveText('请先选择原因。');
  await dialog.getByRole('radio', { name: /^其他/ }).check();
  await next.click();
  await expect(dialog.getByRole('alert')).toHaveText('请填写其他原因的说明。');
  // What shows nothing is no word, and says so before anything is signed.
  await dialog.getByLabel('说明（1至40字）').fill('休\u200b假');
  await next.click();
  await answer(page, '确认');
  await expect(dialog).toContainText('“其他”原因的说明不能使用');
  await answer(page, '取消');
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await dialog.getByRole('radio', { name: /^其他/ }).check();
  await dialog.getByLabel('说明（1至40字）').fill(' 出国　半年 ');
  // A day that was begun is none, and not as good as no day: nothing is signed.
  const day = dialog.getByLabel('冻结至（可不填）');
  await day.focus();
  await page.keyboard.type('12');
  await expect(day).toHaveValue('');
  await next.click();
  await expect(dialog.getByRole('alert')).toHaveText('冻结截止日期没有填写完整，请填完整或清空。');
  await expect(day).toHaveAttribute('aria-invalid', 'true');
  await shoot(page, 'act-cause-half-a-day');
  await day.focus();
  await page.keyboard.press('Backspace');
  await shoot(page, 'act-cause-words');
  await next.click();
  await expect(dialog).toContainText('确认要进行冻结操作吗？');
  await shoot(page, 'act-cause-question');
  await answer(page, '确认');
  await expect(dialog).toContainText('原因：其他（出国 半年）');
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结成功');
  await answer(page, '确认');
  await expect(page.getByRole('main')).toContainText('原因：其他（出国 半年）');
  await shoot(page, 'detail-cause');
  await page.getByRole('navigation', { name: '功能菜单' }).getByRole('link', { name: '综合查询' }).click();
  await page.getByRole('link', { name: '全部操作记录' }).click();
  const frozen = page.locator('.timeline__event').filter({ hasText: '冻结' }).first();
  await expect(frozen).toContainText('原因：其他（出国 半年）');
  await frozen.getByRole('link').click();
  await expect(page.getByRole('main')).toContainText('其他（出国 半年）');
  await shoot(page, 'event-cause');
});

test('several cards are frozen with one signature, and one that can not be is named before', async ({
  page,
  stack,
}) => {
  const [first, second, third] = ['0001', '0002', '0004'].map(
    (number) => stack.operator(number).holder_name,
  ) as [string, string, string];
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  for (const name of [first, second, third]) {
    await page.getByRole('checkbox', { name: `选择 ${name}`, exact: true }).check();
  }
  await shoot(page, 'freeze-many-list');
  // One of them is lost before the others are frozen.
  const dialog = dialogOf(page);
  const card = await rowOf(page, second).getByRole('link', { name: '查看' }).getAttribute('href');
  await page.goto(card!.replace('/freeze/', '/report-loss/'));
  await page.getByRole('main').getByRole('button', { name: '挂失', exact: true }).click();
  await because(page, '被盗');
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(dialog).toContainText('挂失成功');
  await answer(page, '确认');
  await expect(page.getByRole('main')).toContainText('原因：被盗');

  await page.goto('/manage/freeze');
  await expect(page.getByText('已勾选 3 张（其中 1 张在其他页）')).toBeVisible();
  await page.getByRole('button', { name: '冻结所选的 3 张卡' }).click();
  await because(page, '离职');
  await expect(dialog).toContainText('共 3 张操作员卡');
  await shoot(page, 'freeze-many-question');
  await answer(page, '确认');
  await expect(dialog).toContainText('对下列 2 张操作员卡进行冻结操作');
  await expect(dialog).toContainText('原因：离职');
  await expect(dialog).toContainText('以下操作员卡不能办理，没有列入');
  await expect(dialog.getByRole('listitem').filter({ hasText: second })).toContainText('已挂失');
  await shoot(page, 'freeze-many-statement');
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结成功');
  await expect(dialog).toContainText(`${first}（操作员编号 0001）：已冻结，记录编号`);
  await expect(dialog).not.toContainText(second);
  await shoot(page, 'freeze-many-done');
  await answer(page, '确认');
  await expect(dialog).toBeHidden();
  await expect(rowOf(page, first)).toHaveCount(0);
  await openMenu(page, '解冻');
  for (const name of [first, third]) {
    await page.getByRole('checkbox', { name: `选择 ${name}`, exact: true }).check();
  }
  await page.getByRole('button', { name: '解冻所选的 2 张卡' }).click();
  await answer(page, '确认');
  await answer(page, '确认');
  await expect(dialog).toContainText('解冻成功');
  await answer(page, '确认');
  await expect(rowOf(page, first)).toHaveCount(0);
});

test('a 冻结 with a last day says so before it is signed, on the card and in the list', async ({
  page,
  stack,
}) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  const dialog = dialogOf(page);
  const day = new Date(Date.now() + 5 * 86_400_000).toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
  await dialog.getByRole('radio', { name: /^离岗/ }).check();
  await dialog.getByLabel('冻结至（可不填）').fill('2026-01-01');
  await dialog.getByRole('button', { name: '下一步', exact: true }).click();
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结的截止日期不能使用');
  await answer(page, '取消');
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await dialog.getByRole('radio', { name: /^离岗/ }).check();
  await dialog.getByLabel('冻结至（可不填）').fill(day);
  await shoot(page, 'act-until');
  await dialog.getByRole('button', { name: '下一步', exact: true }).click();
  await expect(dialog).toContainText(`${day}，当日24:00（北京时间）自动解冻`);
  await answer(page, '确认');
  await expect(dialog).toContainText('自动解冻：');
  await shoot(page, 'act-until-statement');
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结成功');
  await answer(page, '确认');
  await expect(page.getByRole('main')).toContainText(`冻结至 ${day}`);
  await shoot(page, 'detail-until');
  await openMenu(page, '解冻');
  await expect(rowOf(page, name)).toContainText(`冻结至 ${day}`);
  await shoot(page, 'list-until');
});
